"""The lint itself: a small chapter in which all is well, and for each rule one in which something is not."""

from __future__ import annotations

from pathlib import Path

import chapter as rules
import pytest
from chapter import RULES, Chapter, function_lengths, prose
from forward import WORDS, forward_references, unmistakable
from house import build, catalogue, course, source, stripped, verdict

from tinytorch_course.tangle.manifest import Module, read_tier
from tinytorch_course.tangle.modulefile import read_text

MANIFEST = """
[tier]
name = "small"
title = "Small"
order = 1
[[module]]
number = 1
name = "first"
title = "First"
target = "core.first"
needs = []
exports = ["double"]
points = 10
teaches = { ml = "doubling", systems = "bytes" }
budget = { seconds = 1, megabytes = 100 }
[[module]]
number = 2
name = "autograd"
title = "Autograd"
target = "core.autograd"
needs = [1]
exports = ["Function", "no_grad", "save"]
points = 10
teaches = { ml = "slopes", systems = "bytes" }
budget = { seconds = 1, megabytes = 100 }
"""

HOW = """# %% [markdown] reflect="how" points=2
# How?
# ### BEGIN SOLUTION
# Rubric: so.
# ### END SOLUTION

"""
GOOD = '''# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
# Something has to become twice as large.
#
# ## Build
# One function.

# %% solution="double"
#| default_exp core.first
#| export
#| hint What is twice a number?
#| hint In the last line.
#| hint return 2 * x
def double(x):
    """Twice `x`.

    >>> double(2)
    4
    """
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% test="double" points=6
def test_double():
    assert double(2) == 4


test_double()

# %% [markdown]
# ## Use
# ## Measure

# %% [markdown] reflect="why" points=2
# ## Reflect
# Why?
# ### BEGIN SOLUTION
# Rubric: because.
# ### END SOLUTION

HOW# %% [markdown]
# ## In PyTorch
# The same.
#
# ## Today
# Everywhere.
'''.replace("HOW", HOW)

LONG = "\n".join(f"    x = x + {n}" for n in range(30))
BROKEN = {  # rule -> what is replaced by what
    "parts": ("# ## Measure", "# Measure"),
    "header": ("# {header}", "# # Module 01: First"),
    "target": ("core.first", "core.second"),
    "hints": ("#| hint In the last line.\n", ""),
    "solutions": ("    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION", "    return 2 * x"),
    "tests": ("\n\ntest_double()", ""),
    "points": ("points=6", "points=5"),
    "reflections": ("# Rubric: so.", "# So."),
    "plain_text": ("# Everywhere.", "# Everywhere \N{ROCKET}"),
    "budgets": ("# Everywhere.", "# Everywhere" + " and everywhere" * 1250),
    "function_lengths": ("    return 2 * x", f"{LONG}\n    return 2 * x"),
    "exports": ("def double(x)", "def twice(x)"),
    "imports": ("def double(x)", "from tinytorch.core.autograd import no_grad\n\n\ndef double(x)"),
    "forward": ("# Everywhere.", "# Everywhere, see module 02."),
}
SUBTLE = [  # the same, for what a rule has to see besides
    ("parts", "# ## The problem", "# ## Build"),
    ("parts", "# ## Today", "# ## Scaffold: late\n# ## Today"),
    ("solutions", '# %% test="double" points=6', "# %%"),
    ("solutions", "#| export\n", ""),
    ("tests", "    assert double(2) == 4", "    assert True"),
    ("reflections", HOW, ""),
    ("exports", "    >>> double(2)\n    4\n", ""),
    ("forward", "# Everywhere.", "# Everywhere there are gradients."),
    ("forward", "    assert double(2) == 4", "    assert double(2) == 4, 'no gradient'"),
    ("forward", "    return 2 * x", "    return Function(x)"),
    ("forward", "# Everywhere.", "# In `no_grad()`."),
    ("forward", "# Everywhere.", "# Then `save(x)`."),
    ("forward", "#| hint In the last line.", "#| hint As in modules 01 and 02."),
]


@pytest.fixture
def modules(tmp_path: Path) -> tuple[Module, ...]:
    path = tmp_path / "tier.toml"
    path.write_text(MANIFEST, "utf-8")
    return read_tier(path).modules


def complaints(text: str, modules: tuple[Module, ...], rule: str) -> list[str]:
    chapter = Chapter(modules[0], read_text(Path("modules/01_first.py"), text), modules)
    return list(getattr(rules, rule)(chapter))


def test_every_rule_has_a_broken_chapter() -> None:
    assert {rule.__name__ for rule in RULES} == set(BROKEN)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_good_chapter_passes(rule: str, modules: tuple[Module, ...]) -> None:
    assert complaints(GOOD, modules, rule) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"), [*((rule, *change) for rule, change in BROKEN.items()), *SUBTLE]
)
def test_a_broken_chapter_is_caught(rule: str, old: str, new: str, modules: tuple[Module, ...]) -> None:
    assert old in GOOD
    assert complaints(GOOD.replace(old, new, 1), modules, rule)


def test_rubrics_and_drawings_are_not_prose(modules: tuple[Module, ...]) -> None:
    text = GOOD.replace("# Rubric: so.", "# Rubric:" + " so" * 500)
    text = text.replace("# One function", "# ```\n# a b c\n# ```\n# One function")
    texts = [read_text(Path("modules/01_first.py"), each) for each in (GOOD, text)]
    counts = [prose(Chapter(modules[0], each, modules)) for each in texts]
    assert counts[0] == counts[1]


def test_the_given_part_of_a_function_counts(modules: tuple[Module, ...]) -> None:
    text = GOOD.replace('    """Twice', LONG + '\n    """Twice')
    chapter = Chapter(modules[0], read_text(Path("modules/01_first.py"), text), modules)
    assert any("a learner writes at most 25" in said for said in function_lengths(chapter))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x.requires_grad is False", True),
        ("def backward(self, gradient=None):", True),
        ("A function of two numbers, in module 01.", False),
        ("np.save(path, x)", True),
        ("Function values are numbers.", False),
        ("for layer in training:", True),
    ],
)
def test_everyday_words_are_free(line: str, code: bool, modules: tuple[Module, ...]) -> None:
    assert list(forward_references(line, modules[0], modules[1:], modules, code)) == []


def test_unmistakable_names() -> None:
    names = ("ReLU", "no_grad", "Conv2d", "Linear", "save")
    assert [unmistakable(name) for name in names] == [True, True, True, False, False]


def test_the_words_are_those_of_modules() -> None:
    """Every module but the first brings words, so that a new tier's modules are not forgotten."""
    assert {module.name for module in catalogue()[1:]} <= set(WORDS)


def test_a_check_that_passes_on_the_stripped_module_is_seen(tmp_path: Path) -> None:
    module = course()[0]
    mine = tmp_path / f"{module.stem}.py"
    idle = '\n# %% test="idle" points=1\ndef test_idle():\n    pass\n\n\ntest_idle()\n'
    mine.write_text(stripped(module) + idle, "utf-8")
    report = verdict(module, build(module.number, tmp_path / "build", {module.number: mine}), mine)
    assert [result.id for result in report.results if result.passed] == ["idle"]
    assert source(module).is_file()
