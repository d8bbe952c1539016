"""From a student's sources to the zip that is handed in: optimize, measure, write."""

from __future__ import annotations

import ast
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinytorch_course.competition import archive, imports, measure, trees
from tinytorch_course.errors import NotYet

DIVISIONS = ("closed", "open")
LONGEST_ENTRY = 500_000
MOST_PROBLEMS = 5  # that are listed


@dataclass(frozen=True)
class Entry:
    """What an entry.py says of itself."""

    track: str
    division: str
    title: str


def read_entry(path: Path) -> Entry:
    """TRACK, DIVISION and TITLE of an entry.py, by its syntax; it is never run here. NotYet says what is missing."""
    try:
        tree = ast.parse(path.read_bytes()[:LONGEST_ENTRY])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise NotYet(f"entry.py{line} is no Python that can be read: {error}", "repair it there") from None
    constants = dict(pair for statement in tree.body for pair in constant(statement))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in ("TRACK", "DIVISION", "TITLE"):
        if name not in constants:
            raise NotYet(f"entry.py has no line {name} = \"...\"", "write it at the top, as a plain string")
    for name in ("optimize", "load"):
        if name not in functions:
            raise NotYet(f"entry.py defines no function {name}", "capstone/README.md shows both")
    entry = Entry(constants["TRACK"], constants["DIVISION"], constants["TITLE"])
    if entry.division not in DIVISIONS:
        raise NotYet(f'entry.py: DIVISION is {entry.division[:40]!r}', 'write "closed" or "open"')
    return entry


def constant(statement: ast.stmt) -> Iterable[tuple[str, str]]:
    """The name and the text of `NAME = "text"`."""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
        for target in statement.targets:
            if isinstance(target, ast.Name) and isinstance(statement.value.value, str):
                yield target.id, statement.value.value


def tracks(capstone: Path | None = None) -> list[str]:
    folder = capstone or measure.capstone_folder()
    return sorted(path.stem for path in (folder / "tracks").glob("*.toml"))


def known_track(entry: Entry, capstone: Path | None = None) -> str:
    there = tracks(capstone)
    if entry.track not in there:
        raise NotYet(f"entry.py: there is no track {entry.track[:60]!r}", f"there are: {', '.join(there)}")
    return entry.track


@dataclass(frozen=True)
class Made:
    """The zip that was written, what its submission.json says, and what its maker should know."""

    path: Path
    submission: dict[str, Any]
    notes: tuple[str, ...] = ()


def make(
    entry: Path,
    mine: Mapping[int, Path],
    given: Mapping[int, Path],
    projects: Sequence[Path],
    out: Path,
    *,
    name: str,
    title: str | None = None,
    seed: int | None = None,
    confined: bool = True,
    quick: bool = False,
    progress: measure.Progress | None = None,
    capstone: Path | None = None,
) -> Made:
    """Run an entry on its author's modules and write what they hand in.

    `mine` are the module files that they wrote, by number, `given` one for each module that there is: the baseline
    runs on those. NotYet says what is wrong with the entry.
    """
    facts = read_entry(entry)
    seed = secrets.randbits(32) if seed is None else seed
    with measure.private_folder() as folder:
        job = measure.Job(
            known_track(facts, capstone),
            facts.division,
            entry,
            folder / "tree",
            folder / "reference",
            folder / "model.safetensors",
            seed,
            seed ^ 1,
            confined,
            measure.QUICK if quick else {},
            capstone=capstone or measure.capstone_folder(),
        )
        checked(entry, mine, facts)
        build(projects, mine, given, job)
        measure.examine(job, "optimize", progress)
        found = measure.examine(job, "measure", progress)
        files = {archive.ENTRY: entry.read_bytes(), archive.ARTEFACT: job.artefact.read_bytes()}
        files |= {module_name(number, path): path.read_bytes() for number, path in mine.items()}
        fields = described(job, files, found, mine, name=name, title=title or facts.title)
        done = measure.examine(job, "write", fields=fields)["submission"]
    archive.write(out, {**files, archive.CLAIM: as_json(done)})
    noise = found["noise"]["sentence"]
    return Made(out, done, (noise,) if noise else ())


def as_json(submission: Mapping[str, Any]) -> bytes:
    return json.dumps(submission, indent=1, sort_keys=True, allow_nan=False).encode()


def checked(entry: Path, mine: Mapping[int, Path], facts: Entry) -> None:
    """The closed division's imports. What is wrong there is said before anything runs."""
    if facts.division != "closed":
        return
    sources = {archive.ENTRY: entry} | {module_name(number, path): path for number, path in mine.items()}
    found = [problem for name, path in sources.items() for problem in imports.problems(name, path)]
    if found:
        help = 'leave it out, or enter the other division: DIVISION = "open"'
        raise measure.Refused("; ".join(found[:MOST_PROBLEMS]), help)


def module_name(number: int, path: Path) -> str:
    return f"modules/{path.name}"


def build(projects: Sequence[Path], mine: Mapping[int, Path], given: Mapping[int, Path], job: measure.Job) -> None:
    trees.build(projects, given, job.reference)
    wrong = trees.build(projects, {**given, **mine}, job.tree)
    for number in sorted(set(wrong) & set(mine)):
        raise NotYet(f"module {number:02d}: {wrong[number]}", "it cannot be built; tt check says more")


def described(
    job: measure.Job,
    files: Mapping[str, bytes],
    found: Mapping[str, Any],
    mine: Iterable[int],
    *,
    name: str,
    title: str,
) -> dict[str, Any]:
    """The measured fields of a submission; what follows from them is left to whoever writes it."""
    listed = [file_entry(path, data) for path, data in sorted(files.items())]
    sources = [one for one in listed if one["path"] != archive.ARTEFACT]
    return {
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": name,
        "title": title,
        "track": job.track,
        "division": job.division,
        "seeds": {"optimize": job.optimize_seed, "requests": job.request_seed},
        "artefacts": [one for one in listed if one["path"] == archive.ARTEFACT],
        "sources": {"sha256": list_hash(sources), "files": sources},
        "tiers": trees.describe(job.tree, set(mine)),
        "samples": found["samples"],
        "before": found["load"]["before"],
    }


def file_entry(path: str, data: bytes) -> dict[str, Any]:
    return {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def list_hash(files: Iterable[Mapping[str, Any]]) -> str:
    """As tinytorch.capstone's hash_files: `hash  bytes  path` and a newline for each, in the order of the paths."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: str(file["path"])):
        total.update(f"{file['sha256']}  {file['bytes']}  {file['path']}\n".encode())
    return total.hexdigest()
