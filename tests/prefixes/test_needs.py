"""Each module with nothing but what its manifest says that it needs: whoever works in another order passes, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import ROOT, complaints, course, source, tiers, verdict

from tinytorch_course.student import build_tree
from tinytorch_course.tangle.manifest import Module


def with_all_needs(module: Module) -> set[int]:
    """The module's number, and those of what it needs, directly or through others."""
    known, found, waiting = {m.number: m for m in course()}, set(), [module.number]
    while waiting:
        number = waiting.pop()
        found.add(number)
        waiting += [needed for needed in known[number].needs if needed not in found]
    return found


@pytest.mark.parametrize("module", course(), ids=lambda module: module.stem)
def test_what_it_needs_is_enough(module: Module, tmp_path: Path) -> None:
    there = with_all_needs(module)
    for tier in tiers():
        chosen = {m.number: source(m) for m in tier.modules if m.number in there}
        if chosen:
            build_tree(ROOT / "packages" / tier.name, chosen, tmp_path)
    report = verdict(module, tmp_path)
    assert report.passed, complaints(report)
