"""Every setting of memo, each under one name in three places.

The trait ``Memo.base_url`` is also the keyword ``Memo(base_url=…)`` and the environment variable ``MEMO_BASE_URL``.
A keyword beats a trait's configured value (``%config Memo.base_url = …``, ``c.Memo.base_url = …`` in
``ipython_kernel_config.py``), which beats the environment, which beats the default.

The documentation of a setting is its trait's help, here and nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from traitlets import Bool, Float, Int, List, TraitError, Unicode
from traitlets.config import Configurable

from memo_jupyter.errors import BadInput


class _Hidden(str):
    """A text that only those see who use it: wherever a value is printed, it is its repr that is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(hidden)'" if self else "''"


class _Key(Unicode):  # type: ignore[misc]  # traitlets ships no types
    """A setting whose value is shown nowhere: not by `%config`, not in an error."""

    def validate(self, obj: Any, value: Any) -> _Hidden:
        """Take a text as it is; refuse anything else without repeating it, as traitlets would."""
        del obj
        if not isinstance(value, str):
            raise TraitError(f"{self.name} is a text, not {type(value).__name__}.")
        return _Hidden(value)

    def from_string(self, s: str) -> str:
        """Take what stands in the environment as it is; traitlets would warn of quotes, and repeat the value."""
        return s


class Settings(Configurable):  # type: ignore[misc]  # traitlets ships no types
    """The settings that `Memo` reads.

    Raises
    ------
    BadInput
        An environment variable's value does not fit its setting.
    """

    home = Unicode(
        help="The store's folder. Empty: the nearest .memo/ folder above the notebook, else the user's data folder."
    ).tag(config=True)
    index = Unicode(
        help="A folder for the indexes of your stores. Empty: each is in its store, or in your cache folder if the "
        "store is on a network or cannot be written."
    ).tag(config=True)
    models = Unicode(help="Where embedding models are kept. Empty: the user's cache folder.").tag(config=True)
    embedder = Unicode(
        "sentence-transformers/all-MiniLM-L6-v2",
        help="The embedding model: a name that fastembed knows, or a folder with an ONNX model.",
    ).tag(config=True)
    base_url = Unicode(
        help="The language model's server, such as http://127.0.0.1:8080. Empty: the local servers are looked for."
    ).tag(config=True)
    model = Unicode(
        help="The language model's name, or the path of a GGUF file to run in this process. Empty: the server's first."
    ).tag(config=True)
    api_key = _Key(help="The key the server wants, if it wants one. Never stored, never shown.").tag(config=True)
    allow_hosts = List(
        Unicode(),
        help="Hosts besides this computer that prompts may be sent to. In the environment: names with commas between.",
    ).tag(config=True)
    k = Int(6, min=0, max=100, help="How many memories are recalled for a question, at the most.").tag(config=True)
    history = Int(
        4, min=0, max=100, help="How many earlier turns of its thread a question is sent with, at the most."
    ).tag(config=True)
    thread = Unicode("main", help="The conversation that questions belong to, unless one is named.").tag(config=True)
    window = Int(
        0,
        min=0,
        help="The model's context window in tokens. 0: what the server tells, else 4096; of a GGUF file, what it was "
        "trained for, up to 8192.",
    ).tag(config=True)
    max_tokens = Int(0, min=0, help="The longest answer in tokens. 0: the server's own limit.").tag(config=True)
    temperature = Float(
        None, allow_none=True, min=0.0, help="How freely the model chooses its words. None: the server's own."
    ).tag(config=True)
    timeout = Float(300.0, min=0.1, help="For how many seconds a server may be silent before memo gives up on it.").tag(
        config=True
    )
    system = Unicode(help="Words put before memo's own instructions to the model.").tag(config=True)
    auto = Bool(True, help="Whether executed cells, with what they show, are remembered by themselves.").tag(
        config=True
    )
    auto_output = Int(
        8000, min=200, max=1_000_000, help="The characters of a cell's outputs that are remembered, at the most."
    ).tag(config=True)
    learning = Bool(True, help="Whether memo learns how you work, from what you remember, when you are idle.").tag(
        config=True
    )
    learn_after = Float(60.0, min=0.1, help="For how many seconds you have to be idle before memo learns.").tag(
        config=True
    )
    use_profile = Bool(True, help="Whether what was learned of you stands in every prompt.").tag(config=True)
    hints = Bool(
        True, help="Whether a line below an error names the past edit that mended the same, where that is sure."
    ).tag(config=True)
    publish_after = Int(
        2000, min=1, help="How many new memories are searched one by one before they are built into the index."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in self.trait_names(config=True):
            if name not in kwargs and not self._is_configured(name):
                self._read_environment(name)

    def _is_configured(self, name: str) -> bool:
        return any(
            section in self.config and name in self.config[section]
            for section in (cls.__name__ for cls in type(self).mro())
        )

    def _read_environment(self, name: str) -> None:
        variable = "MEMO_" + name.upper()
        value = os.environ.get(variable)
        if not value:
            return
        trait = self.traits()[name]
        try:
            parsed = [part.strip() for part in value.split(",")] if name == "allow_hosts" else trait.from_string(value)
            setattr(self, name, parsed)
        except (TraitError, ValueError) as error:
            raise BadInput(f"{variable}={value!r} does not fit the setting: {error}") from error


def store_folder(home: str, start: Path) -> Path:
    """Tell which folder is the store.

    Parameters
    ----------
    home : str
        The `home` setting; wins if not empty.
    start : Path
        Where the notebook is: the nearest ``.memo`` folder there or above is the store, if there is one.

    Raises
    ------
    BadInput
        `home` is a file.
    """
    if home:
        folder = Path(home).expanduser().absolute()
        for one in (folder, *folder.parents):
            if os.path.isfile(one):  # noqa: PTH113  # pathlib's raises where it may not look
                raise BadInput(f"{one} is a file, and the store is a folder. Name another as Memo.home.")
        return folder
    for folder in (start, *start.parents):
        if (folder / ".memo").is_dir():
            return folder / ".memo"
    import platformdirs  # noqa: PLC0415  # only here, so that `%load_ext memo` need not pay for it

    return Path(platformdirs.user_data_dir("memo-jupyter", appauthor=False))


def models_folder(models: str) -> Path:
    """Tell which folder holds the embedding models; `models` is the setting, and wins if not empty."""
    if models:
        return Path(models).expanduser().absolute()
    import platformdirs  # noqa: PLC0415  # as above

    return Path(platformdirs.user_cache_dir("memo-jupyter", appauthor=False)) / "models"
