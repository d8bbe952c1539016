"""Where the datasets that do not come with TinyTorch lie on this computer."""

import os
import sys
from pathlib import Path


def folder_of(name, root=None):
    """`root` if it is given; else the folder `name` in $TINYTORCH_DATA, or in the cache of this user."""
    if root is not None:
        return Path(root).expanduser()
    return Path(os.environ.get("TINYTORCH_DATA") or cache()) / name


def cache():
    """The folder that this operating system wants caches in."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tinytorch"


def ways_out(folder, files):
    """How to do without the network."""
    return (
        f"Two other ways: put {files} into {folder} yourself, or set the environment variable TINYTORCH_DATA to the "
        f"folder that has them in `{folder.name}`; or use TinyDigits, which comes with TinyTorch."
    )
