"""tier.toml: what it says, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinytorch_course.tangle.manifest import ManifestError, read_tier
from tinytorch_course.tangle.modulefile import read_module
from tinytorch_course.tangle.tangler import find_sources, tangle_tree

ROOT = Path(__file__).resolve().parents[2]
FOUNDATION = ROOT / "packages/foundation"
GOOD = """\
[tier]
name = "foundation"
title = "Foundation"
order = 1
datasets = ["Digits"]

[[module]]
number = 5
name = "autograd"
title = "Autograd"
target = "core.autograd"
needs = [1, 2]
exports = ["enable_autograd"]
on_import = "enable_autograd"
points = 80
teaches = { ml = "the chain rule", systems = "memory" }
covers = ["graphs:knows"]
budget = { seconds = 10, megabytes = 300 }
unlocks = ["1958_perceptron"]
"""


def test_facts(tmp_path):
    (tmp_path / "tier.toml").write_text(GOOD)
    tier = read_tier(tmp_path)
    assert tier == read_tier(tmp_path / "tier.toml")
    assert (tier.distribution, tier.carrier, tier.order) == (
        "tinytorch-foundation",
        "tinytorch_foundation",
        1,
    )
    assert tier.datasets == ("Digits",)
    module = tier.module(5)
    assert (module.label, module.stem) == ("05", "05_autograd")
    assert (module.import_name, module.package) == ("tinytorch.core.autograd", "tinytorch.core")
    assert (module.needs, module.exports, module.tier) == ((1, 2), ("enable_autograd",), "foundation")
    assert (module.budget.seconds, module.teaches["ml"]) == (10, "the chain rule")
    with pytest.raises(KeyError):
        tier.module(6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[tier]", "[tier", "is not a TOML file"),
        ("order = 1", "", "[tier]: 'order' is missing"),
        ('name = "foundation"', 'name = "../x"', "[tier]: 'name' must be a lower-case word, not '../x'"),
        ('["Digits"]', '["../evil"]', "[tier]: 'datasets' holds '../evil', which is not a public name"),
        (
            "number = 5",
            "number = true",
            "module True: 'number' must be a whole number from 1 to 999, not True",
        ),
        (
            '"core.autograd"',
            '"core/../../evil"',
            "module 5: 'target' must be a dotted name of lower-case words",
        ),
        ('"core.autograd"', '"core..autograd"', "module 5: 'target' must be a dotted name"),
        ('"core.autograd"', '"_lazy"', "module 5: 'target' must be a dotted name"),
        ('"core.autograd"', '"core.class"', "module 5: 'target' 'core.class' cannot be imported"),
        (
            "needs = [1, 2]",
            "needs = [1, 6]",
            "module 5: 'needs' names module 6: a module builds on earlier ones only",
        ),
        ("needs = [1, 2]", 'needs = ["1"]', "module 5: 'needs' must be a list of module numbers"),
        ('["enable_autograd"]', '["enable autograd"]', "module 5: 'exports' holds 'enable autograd'"),
        ('["enable_autograd"]', '["a", "a"]', "module 5: 'exports' names something twice"),
        (
            'on_import = "enable_autograd"',
            'on_import = "x"',
            "module 5: 'on_import' must be one of the exports, not 'x'",
        ),
        ("points = 80", "points = -1", "module 5: 'points' must be a whole number from 0 to 10000, not -1"),
        ('ml = "the chain rule"', "ml = 3", "module 5 teaches: 'ml' must be one line of text, not 3"),
        ("seconds = 10", "seconds = 0", "module 5 budget: 'seconds' must be a number above 0, not 0"),
        ("budget = {", "bugdet = {", "module 5 budget must be a table"),
    ],
)
def test_what_is_wrong(tmp_path, old, new, message):
    assert old in GOOD
    folder = tmp_path / "foundation"
    folder.mkdir()
    (folder / "tier.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(ManifestError) as caught:
        read_tier(folder)
    assert str(caught.value).startswith(f"foundation/tier.toml: {message}")


def test_nothing_twice(tmp_path):
    path = tmp_path / "tier.toml"
    path.write_text(GOOD + GOOD[GOOD.index("[[module]]") :])
    with pytest.raises(ManifestError, match="two modules have the number 5"):
        read_tier(path)
    second = (
        GOOD[GOOD.index("[[module]]") :].replace("number = 5", "number = 6").replace('"autograd"', '"other"')
    )
    path.write_text(GOOD + second.replace('"core.autograd"', '"core"'))
    with pytest.raises(ManifestError, match="target 'core' is a module and a package at once"):
        read_tier(path)


def test_no_file(tmp_path):
    with pytest.raises(ManifestError, match=r"tier\.toml: cannot be read: No such file"):
        read_tier(tmp_path)


# -- the real one ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(ROOT.glob("packages/*/tier.toml")), ids=lambda path: path.parent.name)
def test_every_module_defines_what_its_tier_promises(path, tmp_path):
    tier = read_tier(path)
    sources = find_sources(tier, path.parent / "modules")
    assert set(sources) == {module.number for module in tier.modules}
    tangle_tree(tier, sources, tmp_path, src=path.parent / "src")
    table = (tmp_path / f"tinytorch/_tiers/{tier.name}.py").read_text()
    assert table.count("'missing': []") == len(tier.modules)


@pytest.mark.parametrize("path", sorted(ROOT.glob("packages/*/tier.toml")), ids=lambda path: path.parent.name)
def test_every_dataset_is_where_its_tier_promises(path):
    for name in read_tier(path).datasets:
        source = path.parent / f"src/tinytorch/datasets/{name.lower()}.py"
        assert f"\nclass {name}" in source.read_text("utf-8")


@pytest.mark.parametrize("path", sorted(ROOT.glob("packages/*/modules/*.py")), ids=lambda path: path.stem)
def test_points_are_those_of_the_cells(path):
    tier = read_tier(path.parents[1])
    module = next(module for module in tier.modules if module.stem == path.stem)
    assert sum(cell.points for cell in read_module(path).cells) == module.points


def test_every_cell_of_the_matrix_is_spelled_alike():
    areas = ["tensors", "operations", "graphs", "training", "models", "data", "efficiency", "serving"]
    levels = ["knows", "measures", "implements", "debugs", "optimizes"]
    cells = {f"{area}:{level}" for area in areas for level in levels}
    for path in ROOT.glob("packages/*/tier.toml"):
        assert {cell for module in read_tier(path).modules for cell in module.covers} <= cells
