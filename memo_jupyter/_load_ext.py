"""Lets `%load_ext memo` find the extension. Installed as the top-level module `memo`."""

from memo_jupyter import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
