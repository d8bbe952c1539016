"""Lays out a new tier, here or in a repository of its own, or a new module of a tier that is there.

python tests/staff/layout.py tier robotics [FOLDER]         without FOLDER: packages/robotics
python tests/staff/layout.py module optimization scheduling
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

import tomlkit
from versions import Refused, packages, read

ROOT = Path(__file__).resolve().parents[2]
MODEL = "foundation"  # whose build files are copied
WORD = re.compile(r"[a-z][a-z0-9_]*")
FIRST = 101  # modules of a new tier; those of the course are below
ENTRY = """\

[[module]]
number = {number}
name = "{name}"
title = "{title}"
target = "{target}"
needs = []
exports = ["double"]
points = 10
teaches = {{ ml = "what it is for", systems = "what it costs" }}
covers = []
budget = {{ seconds = 10, megabytes = 300 }}
unlocks = []
"""
CHAPTER = '''\
# %% [markdown]
# {{header}}

# %% [markdown]
# ## The problem
# Say what cannot be done yet. This small function stands here to be replaced: it shows the form.
#
# ## Build

# %% solution="double"
#| default_exp {target}
#| export
#| hint What is twice a number?
#| hint Look at the example in the docstring.
#| hint The sum of x and x.
def double(x):
    """Twice `x`.

    >>> double(2)
    4
    """
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION


# %% test="double" points=6
def test_double():
    assert double(2) == 4, "double(2) is 4: twice the number, not a number more"
    assert double(-1.5) == -3, "double(-1.5) is -3"


test_double()

# %% [markdown]
# ## Use
# ## Measure

# %% [markdown] reflect="what" points=2
# ## Reflect
# What does it cost?
# ### BEGIN SOLUTION
# Rubric: one addition.
# ### END SOLUTION

# %% [markdown] reflect="why" points=2
# Why?
# ### BEGIN SOLUTION
# Rubric: a reason.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
# ## Today
'''
CHECKS = """\
from {place} import double


def test_double():
    assert [double(x) for x in (0, 3)] == [0, 6]
"""
README = """\
# tinytorch-{name}

A tier of TinyTorch.
"""


def word(name: str) -> str:
    if not WORD.fullmatch(name):
        raise Refused(f"{name!r}: a name is one lower-case word")
    return name


def tier(name: str, folder: Path | None = None, root: Path = ROOT) -> Path:
    """The project of a tier with one module. Outside of the repository it needs the published tool to build."""
    target = folder or root / "packages" / word(name)
    if target.exists() and any(target.iterdir()):
        raise Refused(f"{target} is not empty")
    target.mkdir(parents=True, exist_ok=True)
    model = root / "packages" / MODEL
    for path in [model / "hatch_build.py", *model.glob("LICENSE*")]:
        shutil.copy(path, target)
    (target / "README.md").write_text(README.format(name=word(name)), "utf-8")
    (target / "CHANGELOG.md").write_text("# Changes\n\n<!-- releases -->\n", "utf-8")
    (target / "pyproject.toml").write_text(settings(name, root, outside=folder is not None), "utf-8")
    highest = max(tomllib.loads(path.read_text("utf-8"))["tier"]["order"] for path in root.glob("packages/*/tier.toml"))
    head = f'[tier]\nname = "{name}"\ntitle = "{title(name)}"\norder = {highest + 10}\n'
    (target / "tier.toml").write_text(head, "utf-8")
    package = target / "src/tinytorch" / name
    package.mkdir(parents=True)
    lazy = (model / "src/tinytorch/nn/__init__.py").read_text("utf-8")
    (package / "__init__.py").write_text(lazy.replace(lazy.splitlines()[0], f'"""{title(name)}."""', 1), "utf-8")
    write_module(target, "first", f"{name}.first", FIRST)
    return target


def settings(name: str, root: Path, outside: bool) -> str:
    """The model's pyproject.toml with another name, on foundation."""
    document = tomlkit.parse((root / "packages" / MODEL / "pyproject.toml").read_text("utf-8"))
    project = document["project"]
    project["name"], project["version"] = f"tinytorch-{name}", "0.1.0"
    project["description"] = f"TinyTorch: {title(name).lower()}"
    project["license"] = "MIT AND CC-BY-SA-4.0"
    lowest = read(root / "packages" / MODEL).version
    range_ = f"tinytorch-{MODEL}>={lowest.major}.{lowest.minor}"
    project["dependencies"] = [f"{range_},<{lowest.major + 1 if lowest.major else f'0.{lowest.minor + 1}'}"]
    entries = project["entry-points"]["tinytorch.tiers"]
    del entries[MODEL]
    entries[name] = f"tinytorch_{name}"
    if outside:
        document["build-system"]["requires"].append("tinytorch-course")
    selected = document["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    selected.append("milestones")
    return tomlkit.dumps(document)


def title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def module(name: str, stem: str, root: Path = ROOT) -> Path:
    """One more module of a tier: its entry in the manifest, its chapter, its checks, a folder for wrong answers."""
    known = {one.name: one for one in packages(root).values() if one.order is not None}
    if name not in known:
        raise Refused(f"there is no tier {name} in packages/; there are: {', '.join(known)}")
    manifests = [tomllib.loads(path.read_text("utf-8")) for path in root.glob("packages/*/tier.toml")]
    entries = [entry for manifest in manifests for entry in manifest["module"]]
    if stem in {entry["name"] for entry in entries} | {entry["target"] for entry in entries}:
        raise Refused(f"there is a module {stem}")
    own = tomllib.loads((known[name].folder / "tier.toml").read_text("utf-8"))["module"]
    last = max(entry["number"] for entry in own)
    number = next(n for n in range(last + 1, 1000) if n not in {entry["number"] for entry in entries})
    return write_module(known[name].folder, word(stem), stem, number)


def write_module(folder: Path, stem: str, target: str, number: int) -> Path:
    label, place = f"{number:02d}", f"tinytorch.{target}"
    with (folder / "tier.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(ENTRY.format(number=number, name=stem, title=title(stem), target=target))
    for part in ("modules", "tests", f"wrong/{label}", f"right/{label}"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    chapter = folder / "modules" / f"{label}_{stem}.py"
    chapter.write_text(CHAPTER.format(target=target), "utf-8")
    (folder / "tests" / f"test_{label}_{stem}.py").write_text(CHECKS.format(place=place), "utf-8")
    return chapter


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["tier", name]:
                made = tier(name)
            case ["tier", name, folder]:
                made = tier(name, Path(folder))
            case ["module", name, stem]:
                made = module(name, stem)
            case _:
                raise Refused("nox -s new-tier -- NAME [FOLDER], or nox -s new-module -- TIER NAME")
    except Refused as refusal:
        print(f"refused: {refusal}")
        return 1
    print(f"made {made}")
    print("docs/tier.md says what is to be written; nox -s modules says what is missing")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
