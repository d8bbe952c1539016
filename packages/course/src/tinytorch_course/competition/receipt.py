"""What whoever hands in keeps: which file it was, what is in it, and what happens to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tinytorch_course.ranges import span

SHOWN = ("latency_p50", "latency_p90", "throughput", "accuracy", "file_bytes", "peak_memory_bytes")


def receipt(path: Path, place: str, submission: Mapping[str, Any]) -> str:
    data = path.read_bytes()
    rows = [
        ("file", f"{place}, {len(data):,} bytes"),
        ("SHA-256", hashlib.sha256(data).hexdigest()),
        ("made", submission["created"]),
        ("by", submission["name"]),
        ("entry", submission["title"]),
        ("track", f"{submission['track']}, {submission['division']} division"),
        ("holds", _holds(submission)),
        ("modules", _modules(submission)),
    ]
    lines = [f"{key:<9}{value}" for key, value in rows]
    return "\n".join([*lines, "", *_measured(submission), "", NEXT, f"    tt course verify {path.name}", ""])


NEXT = "It is a claim until somebody else has verified it. Hand in the zip; your instructor runs"


def _holds(submission: Mapping[str, Any]) -> str:
    names = [file["path"] for file in (*submission["sources"]["files"], *submission["artefacts"])]
    others = [name for name in names if not name.startswith("modules/")]
    count = len(names) - len(others)
    modules = [f"the code of {count} module{'s' if count > 1 else ''} of yours"] if count else []
    return ", ".join(["submission.json", *others, *modules])


def _modules(submission: Mapping[str, Any]) -> str:
    by: dict[str, list[int]] = {"learner": [], "reference": []}
    for tier in submission["tiers"]:
        for module in tier["modules"]:
            by["learner" if module["by"] == "learner" else "reference"].append(module["number"])
    said = {"learner": "yours", "reference": "the reference's"}
    return "; ".join(f"{said[who]}: {_numbers(numbers)}" for who, numbers in by.items() if numbers)


def _numbers(numbers: Iterable[int]) -> str:
    return span(sorted(numbers)).partition(" ")[2]


def _measured(submission: Mapping[str, Any]) -> Iterator[str]:
    yield "Measured here, the baseline's and yours:"
    baseline, optimized = (submission["metrics"][side] for side in ("baseline", "optimized"))
    values = {name: [_value(name, side[name]) for side in (baseline, optimized)] for name in SHOWN}
    width = max(len(text) for pair in values.values() for text in pair)
    for name, (before, after) in values.items():
        yield f"    {name:<17}  {before:>{width}}  {after:>{width}}  {_better(submission, name)}"


def _value(name: str, value: float) -> str:
    if name.startswith("latency"):
        return f"{1000 * value:.3g} ms"
    if name.endswith("bytes"):
        return f"{value:,} B"
    return f"{value:.1%}" if name == "accuracy" else f"{value:,.0f} items/s"


def _better(submission: Mapping[str, Any], name: str) -> str:
    times = f"x {submission['improvements'][name]:.2f}"
    if name not in submission["intervals"]:
        return times
    low, high = submission["intervals"][name]
    return f"{times}  ({low:.2f} to {high:.2f})"
