"""The zip of a submission: written the same way each time, and read as what it is, a file from a stranger."""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tinytorch_course.errors import NotYet

EPOCH = (1980, 1, 1, 0, 0, 0)
CLAIM, ENTRY, ARTEFACT = "submission.json", "entry.py", "artefacts/model.safetensors"
# What a submission may hold, and how large each may be, in bytes.
PARTS = (
    (re.compile(r"submission\.json"), 10_000_000),
    (re.compile(r"entry\.py"), 500_000),
    (re.compile(r"modules/\d\d_[a-z0-9_]{1,60}\.(py|ipynb)"), 5_000_000),
    (re.compile(r"artefacts/model\.safetensors"), 100_000_000),
)
MOST_ENTRIES = 60
LARGEST_ZIP = 100_000_000
LARGEST_TOTAL = 120_000_000
LARGEST_RATIO = 200  # unpacked over packed; text has 5 to 20, zeros have 1000
FREE_OF_RATIO = 1_000_000  # bytes that may be well packed: a file of zeros that is small does no harm
CHUNK = 1 << 16


class BadArchive(NotYet):
    """The archive is refused; the sentence says what is in it."""


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """The same files give the same bytes, on any machine."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, files[name])


def unpack(path: Path, folder: Path) -> list[str]:
    """Write the parts of a submission into an empty folder and return their names; BadArchive for any other zip."""
    size = path.stat().st_size
    if size > LARGEST_ZIP:
        raise refused(path, f"it has {size:,} bytes; a submission has at most {LARGEST_ZIP:,}")
    if path.read_bytes().count(b"PK\1\2") > MOST_ENTRIES:  # before zipfile makes an object of each
        raise refused(path, f"it has more than {MOST_ENTRIES} entries")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = checked(path, archive)
            budget = LARGEST_TOTAL
            for entry, limit in entries:
                budget -= extract(path, archive, entry, folder, min(limit, budget))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, UnicodeDecodeError) as error:
        raise refused(path, f"it is no zip, or a damaged one ({error or type(error).__name__})") from None
    return [entry.filename for entry, _ in entries]


def refused(path: Path, what: str) -> BadArchive:
    return BadArchive(f"{shown(path.name)} is refused: {what}", "tt submit 20  writes an archive that is read")


def shown(name: str) -> str:
    """A name from an archive, harmless on a terminal."""
    return ascii(name[:80])[1:-1] + ("..." if len(name) > 80 else "")


def checked(path: Path, archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, int]]:
    """The entries and the largest size of each. Nothing is unpacked yet."""
    entries = archive.infolist()
    found: list[tuple[zipfile.ZipInfo, int]] = []
    names: set[str] = set()
    for entry in entries:
        for fault in faults(entry, names):
            raise refused(path, fault)
        names.add(entry.filename.casefold())
        found.append((entry, largest(path, entry)))
    for name in (CLAIM, ENTRY, ARTEFACT):
        if name not in names:
            raise refused(path, f"it has no {name}")
    return found


def faults(entry: zipfile.ZipInfo, names: set[str]) -> Iterator[str]:
    """What is wrong with an entry, by its name and its attributes alone."""
    name = shown(entry.orig_filename)
    if "\0" in entry.orig_filename or "\\" in entry.orig_filename:
        yield f"the name {name} has a character that no path here has"
    if entry.filename.startswith("/") or re.match(r"[A-Za-z]:", entry.filename):
        yield f"the name {name} is absolute, and would lead out of the folder"
    if ".." in entry.filename.split("/"):
        yield f"the name {name} leads out of the folder"
    if entry.filename.casefold() in names:
        yield f"two entries are called {name} (capitals do not count): which of them is meant?"
    if entry.flag_bits & 1:
        yield f"{name} is encrypted"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        what = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}.get(kind, "a device")
        yield f"{name} is {what}; a submission has ordinary files only"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield f"{name} is packed in a way that is not read here (stored and deflated are)"


def largest(path: Path, entry: zipfile.ZipInfo) -> int:
    """How large this part of a submission may be; what it says of itself is compared at once, and later counted."""
    limit = next((limit for pattern, limit in PARTS if pattern.fullmatch(entry.filename)), None)
    if limit is None:
        raise refused(path, f"{shown(entry.filename)} is no part of a submission (docs: what a submission holds)")
    if entry.file_size > limit:
        raise refused(path, f"{entry.filename} would have {entry.file_size:,} bytes; at most {limit:,} are read")
    return limit


def extract(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, limit: int) -> int:
    """Unpack one entry, counting: neither the size nor the ratio that an archive states need be true."""
    target = folder / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    total = 0
    most = min(limit, max(FREE_OF_RATIO, LARGEST_RATIO * entry.compress_size))
    with archive.open(entry) as source, open(target, "xb") as file:
        while piece := source.read(CHUNK):
            total += len(piece)
            if total > most:
                bomb = "unpacks to far more than it holds: a zip bomb"
                raise refused(path, f"{entry.filename} {bomb if most < limit else f'has more than {limit:,} bytes'}")
            file.write(piece)
    os.chmod(target, 0o644)
    return total
