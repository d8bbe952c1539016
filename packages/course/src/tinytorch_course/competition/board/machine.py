"""What the verified entries were measured on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tinytorch_course.competition.board.entries import Board, Entry
from tinytorch_course.competition.board.markup import Markup, element, visible
from tinytorch_course.competition.board.words import engineering, plural

ROWS = {
    "processor": "Processor",
    "cores": "Cores",
    "memory_bytes": "Memory",
    "os": "Operating system",
    "python": "Python",
    "numpy": "NumPy",
    "blas": "BLAS",
}


def section(board: Board) -> Markup | None:
    groups = list(_machines(board.ranked).values())
    if not groups:
        return None
    many = len(groups) > 1
    words = (
        f"Entries were verified on {len(groups)} machines; each is compared with the baseline on its own machine."
        if many
        else "All entries were verified on this machine, each beside the baseline."
    )
    return element(
        "section",
        element("h2", "The verifying machines" if many else "The verifying machine", id="machine"),
        element("p", words),
        [_machine(entries, many) for entries in groups],
        class_="below",
        aria_labelledby="machine",
    )


def _machines(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The entries by the machine that measured them, the one that measured most first."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(json.dumps(_facts(entry), sort_keys=True), []).append(entry)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _facts(entry: Entry) -> dict[str, str]:
    system = entry.data["system"]
    return {title: _fact(name, system[name]) for name, title in ROWS.items() if system.get(name) is not None}


def _fact(name: str, value: Any) -> str:
    if name == "memory_bytes":
        return engineering(value, "B")
    if name == "blas" and isinstance(value, Mapping):
        threads = plural(int(value["threads"]), "thread") if value.get("threads") else ""
        parts = [value.get("name"), value.get("version"), value.get("kernel"), threads]
        return ", ".join(visible(str(part)) for part in parts if part)
    return visible(str(value), "unknown")


def _machine(entries: list[Entry], many: bool) -> Markup:
    facts = _facts(entries[0])
    for title, applied in (("Confined by", True), ("Not confined by", False)):
        names = {name for entry in entries for name, on in entry.protections.items() if bool(on) is applied}
        if names:
            facts[title] = ", ".join(map(visible, sorted(names)))
    if many:
        facts["Entries"] = str(len(entries))
    return element("dl", [_item(*fact) for fact in facts.items()], class_="facts")


def _item(term: str, text: str) -> Markup:
    return element("div", element("dt", term), element("dd", text))
