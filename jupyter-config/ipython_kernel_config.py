"""A sample of memo's settings. Nothing reads this file where it stands.

To use it, copy what you want into ``ipython_kernel_config.py`` in the folder that ``ipython profile locate default``
names. ``%config Memo`` in a notebook tells what each setting does, and its value. Each is also an environment
variable, such as ``MEMO_BASE_URL``, and a keyword of ``memo_jupyter.Memo``.
"""

c = get_config()  # noqa: F821  # given by traitlets

# Load memo in every notebook. `jupyter memo enable` does the same, and `jupyter memo disable` undoes it.
# c.InteractiveShellApp.extensions = ["memo"]

# The store: by default the nearest .memo/ folder above the notebook, else the user's data folder.
# c.Memo.home = "~/research/.memo"

# The index, on a local disk, if the store is on a network.
# c.Memo.index = "/scratch/memo-index"

# The language model's server; by default the local servers are looked for. On a computer that others use too, name
# yours: anybody may listen on its ports.
# c.Memo.base_url = "http://127.0.0.1:8080"
# c.Memo.model = "qwen3"

# A server on another computer has to be allowed by name: prompts, and the memories in them, are sent to it.
# c.Memo.allow_hosts = ["gpu-7.example.org"]

# Executed cells are remembered by themselves; this keeps that off.
# c.Memo.auto = False

# How many memories a question is sent with, and how many earlier turns of its thread.
# c.Memo.k = 6
# c.Memo.history = 4

# Words put before memo's own instructions to the model.
# c.Memo.system = "Answer in French."
