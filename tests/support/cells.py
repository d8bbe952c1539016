"""Changing the bodies of named cells in the text of a module file, all else left as it stands.

    python cells.py REFERENCE HANDED_OUT        writes the answers into the modules of the second folder

Works on the text, not on the tool's own reading of it: what tests the tool does not lean on it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

MARKER = re.compile(r"(?m)^(?=# %%)")
SHORT = re.compile(r'\b(solution|reflect)="([^"]+)"')
LONG = re.compile(r'"grade_id": *"([^"]+)"(?=.*"solution": *true)')


def split(text: str) -> list[str]:
    """The pieces of a module file, each from its `# %%` marker on; joined they are the text again."""
    return MARKER.split(text)


def name_of(piece: str) -> str | None:
    """The grade_id of an answer cell; None for every other."""
    marker = piece.partition("\n")[0]
    if found := SHORT.search(marker):
        return found[2] if found[1] == "solution" else f"reflect-{found[2]}"
    found = LONG.search(marker)
    return found[1] if found else None


def head_and_body(piece: str) -> tuple[str, str]:
    """The marker with the directives under it, and the rest."""
    lines = piece.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if i and not line.startswith("#|")), len(lines))
    return "".join(lines[:end]), "".join(lines[end:])


def bodies(text: str) -> dict[str, str]:
    """The bodies of all answer cells."""
    return {name: head_and_body(piece)[1] for piece in split(text) if (name := name_of(piece)) is not None}


def replace(text: str, new: Mapping[str, str]) -> str:
    """`text` with other bodies in the cells that `new` names; a name that the text lacks is a KeyError."""
    missing = set(new) - set(bodies(text))
    if missing:
        raise KeyError(f"no such cell: {', '.join(sorted(missing))}")
    pieces = []
    for piece in split(text):
        head, _ = head_and_body(piece)
        name = name_of(piece)
        pieces.append(head + new[name].rstrip("\n") + "\n\n" if name in new else piece)
    return "".join(pieces)


def fill(stripped: str, reference: str) -> str:
    """A handed-out module with the reference's answers written in, as a learner who got everything right."""
    answers = bodies(reference)
    return replace(stripped, {name: answers[name] for name in bodies(stripped)})


def main(reference: str, handed_out: str) -> None:
    for path in sorted(Path(handed_out).glob("*.py")):
        answers = Path(reference, path.name).read_text("utf-8")
        path.write_text(fill(path.read_text("utf-8"), answers), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
