"""Looking into a zip and the wheels in it, and putting in what should not be there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path


def inside(path: Path) -> dict[str, bytes]:
    """Every file of a zip, those of wheels in it as `folder/x.whl: package/file.py`."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            found[name] = archive.read(name)
            if name.endswith(".whl"):
                with zipfile.ZipFile(io.BytesIO(found.pop(name))) as wheel:
                    found |= {f"{name}: {inner}": wheel.read(inner) for inner in wheel.namelist()}
    return found


def plant(path: Path, name: str, content: str | bytes) -> Path:
    """One more file in a zip."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, content)
    return path
