"""From a folder of submissions and records to entries. What cannot be read is a Problem, never an exception."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinytorch_course.competition import archive
from tinytorch_course.competition.board.entries import (
    ARCHIVE,
    CLAIM,
    NOISY,
    RECORD,
    REFUSED,
    VERIFIED,
    Entry,
    Problem,
)
from tinytorch_course.competition.board.words import moment

MOST_RECORD = 64 * 2**20  # bytes: a record holds every sample that was measured
MOST_WORDS = 600  # characters of a message that are kept
MOST_REASONS = 20

Validate = Callable[[Any], Any]  # tinytorch.capstone.validate


@dataclass
class Found:
    entries: list[Entry]
    problems: list[Problem]


class Unreadable(ValueError):
    """The file is not what its name says; the message says why."""


def read_folder(folder: Path, validate: Validate, watch: Callable[[list[Path]], Iterable[Path]] = iter) -> Found:
    """Every record, and every zip that no record speaks of. `watch` may show how far the reading is."""
    found = Found([], [])
    records: dict[str, Entry] = {}
    for path in watch(_files(folder, RECORD) + _files(folder, ARCHIVE)):
        try:
            if path.name.endswith(RECORD):
                _keep_latest(records, *read_record(path, validate))
            else:
                _add_archive(path, records, found, validate)
        except (Unreadable, OSError) as error:
            found.problems.append(Problem(path.name, _said(error), path.name.endswith(RECORD)))
    found.entries += records.values()
    found.entries.sort(key=lambda entry: (entry.label, entry.status))
    return found


def _files(folder: Path, ending: str) -> list[Path]:
    return sorted((path for path in folder.iterdir() if path.name.endswith(ending)), key=lambda path: path.name)


def _keep_latest(records: dict[str, Entry], digest: str, entry: Entry) -> None:
    """Of two records of one submission the later one holds."""
    other = records.get(digest)
    if other is None or _order(entry) > _order(other):
        records[digest] = entry


def _order(entry: Entry) -> tuple[str, str]:
    return (entry.moment.isoformat() if entry.moment else "", entry.label)


def _add_archive(path: Path, records: dict[str, Entry], found: Found, validate: Validate) -> None:
    digest = _digest(path)
    record = records.get(digest)
    if record is not None and record.data:
        return
    if record is None:
        found.entries.append(_claim(path, validate))
        return
    with suppress(Unreadable):  # which may well be why it was refused
        # it was refused before it was measured: whose it is stands in the claim alone
        records[digest] = replace(record, data=_claim(path, validate).data)


# -- records -----------------------------------------------------------------------------------------------


def read_record(path: Path, validate: Validate) -> tuple[str, Entry]:
    """The hash of the submission that a record speaks of, and the entry."""
    record = _json(_bytes(path, MOST_RECORD))
    if not isinstance(record, dict):
        raise Unreadable("this is no record of `tt course verify`: it holds no object")
    _check_record(record)
    measured = record.get("measured")
    submission = _validated(measured, validate) if measured else None
    entry = Entry(
        label=path.name.removesuffix(RECORD),
        status=record["status"],
        data=submission.as_dict() if submission is not None else {},
        submission=submission,
        when=record["when"],
        reasons=tuple(reason[:MOST_WORDS] for reason in record.get("reasons", [])[:MOST_REASONS]),
        protections=record.get("protections") or {},
    )
    return record["submission"], entry


def _check_record(record: dict[str, Any]) -> None:
    if record.get("version") != 1:
        raise Unreadable(f"its version is {_short(record.get('version'))}, and this tool reads version 1")
    if not re.fullmatch("[0-9a-f]{64}", str(record.get("submission"))):
        raise Unreadable(f"submission is {_short(record.get('submission'))}, and not the SHA-256 of a zip")
    if record.get("status") not in (VERIFIED, REFUSED, NOISY):
        raise Unreadable(f"status is {_short(record.get('status'))}, and not one of verified, refused, too noisy")
    if moment(str(record.get("when"))) is None:
        raise Unreadable(f"when is {_short(record.get('when'))}, and not a time such as 2026-03-01T12:00:00+00:00")
    reasons = record.get("reasons", [])
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        raise Unreadable("reasons is not a list of sentences")
    if not isinstance(record.get("protections") or {}, dict):
        raise Unreadable("protections is not an object")
    if record["status"] == VERIFIED and not record.get("measured"):
        raise Unreadable("it says verified, and holds nothing that was measured")


def _validated(measured: Any, validate: Validate) -> Any:
    try:
        return validate(measured)
    except ValueError as error:
        raise Unreadable(f"measured is not valid: {_problems(error)}") from None


# -- claims ------------------------------------------------------------------------------------------------


def _claim(path: Path, validate: Validate) -> Entry:
    try:
        submission = validate(_member(path))
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"submission.json is not valid: {_problems(error)}") from None
    return Entry(path.name.removesuffix(ARCHIVE), CLAIM, submission.as_dict(), submission)


def _member(path: Path) -> bytes:
    """submission.json; the whole archive is looked at, as it is before it is verified."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive.unpack(path, Path(folder))
        except archive.BadArchive as error:
            raise Unreadable(error.message.partition(" is refused: ")[2] or error.message) from None
        return (Path(folder) / archive.CLAIM).read_bytes()


# -- files -------------------------------------------------------------------------------------------------


def _bytes(path: Path, most: int) -> bytes:
    if not path.is_file():
        raise Unreadable("it is no file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"it is larger than {most // 2**20} MB")
    return data


def _digest(path: Path) -> str:
    if not path.is_file():
        raise Unreadable("it is no file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise Unreadable("it is nested too deeply to be read") from None
    except ValueError as error:
        raise Unreadable(f"it is no JSON: {error}") from None


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} occurs twice")
    return found


def _problems(error: ValueError) -> str:
    problems = [str(problem) for problem in getattr(error, "problems", None) or [error]]
    more = [f"and {len(problems) - 3} more"] if len(problems) > 3 else []
    return "; ".join([*problems[:3], *more])[:MOST_WORDS]


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror or error}"
    return str(error)[:MOST_WORDS]


def _short(value: object) -> str:
    return repr(value)[:60]
