"""What prose repeats of the manifests: spans of modules, and what the numbered configurations teach."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tinytorch_course.tangle.manifest import read_tier

ROOT = Path(__file__).resolve().parents[2]
TIERS = sorted((read_tier(path) for path in ROOT.glob("packages/*/tier.toml")), key=lambda tier: tier.order)
PROSE = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "packages/course/README.md"]
PROSE += [ROOT / f"packages/{tier.name}/{name}" for tier in TIERS for name in ("README.md", "pyproject.toml")]
SPAN = re.compile(r"\b(\d\d) to (\d\d)\b")


def span(*tiers):
    """`14 to 19`; a single module is `20`."""
    first, last = tiers[0].modules[0].label, tiers[-1].modules[-1].label
    return first if first == last else f"{first} to {last}"


def spans():
    """Of each tier, and of tiers that follow one another."""
    return {span(*TIERS[a:b]) for a, b in itertools.combinations(range(len(TIERS) + 1), 2)}


@pytest.mark.parametrize("path", PROSE, ids=lambda path: "-".join(path.parts[-2:]))
def test_a_span_of_modules_is_one_of_tiers(path):
    said = {found.group(0) for found in SPAN.finditer(path.read_text("utf-8"))}
    assert said <= spans()


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_each_tier_says_its_span(tier):
    words = f"module {span(tier)}" if len(tier.modules) == 1 else f"modules {span(tier)}"
    for name in ("README.md", "pyproject.toml"):
        assert words in (ROOT / "packages" / tier.name / name).read_text("utf-8"), name
    row = next(
        line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if f"| `packages/{tier.name}`" in line
    )
    assert row.split("|")[-2].strip() == span(tier)


@pytest.mark.parametrize("number", sorted({number for tier in TIERS for number in tier.configurations}))
def test_configurations_in_the_page_for_instructors(number):
    lines = (ROOT / "docs/teach.md").read_text("utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| `--config {number}`"))
    taught = [tier for tier in TIERS if number in tier.configurations]
    written, stands_on = row.split("|")[2:4]
    assert SPAN.search(written)[0] == span(*taught)
    assert [tier.name for tier in TIERS if tier.name in written] == [tier.name for tier in taught]
    below = [tier.name for tier in TIERS if tier.order < taught[0].order]
    above = [tier.name for tier in TIERS if number in tier.along]
    assert [tier.name for tier in TIERS if tier.name in stands_on] == below + above
    assert ("nothing" in stands_on) == (not below + above)


def test_configurations_in_the_help_of_the_tool():
    from tinytorch_course.cli import CONFIGURATIONS

    words = dict(zip([tier.name for tier in TIERS], ["first", "second", "third", "fourth"], strict=True))
    for number, text in re.findall(r"(\d): (.*?)\.(?:  |$)", CONFIGURATIONS):
        taught = [words[tier.name] for tier in TIERS if int(number) in tier.configurations]
        assert [word for word in words.values() if f"the {word}" in text] == taught
