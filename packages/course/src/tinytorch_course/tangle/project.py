"""A tier's project folder, in a clone, an sdist, a carrier or a workspace: which files belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .manifest import Tier, read_tier
from .tangler import find_sources

SUPPORT = "_build_support"  # in sdists and carriers: what a clone finds beside the project
TOP = ("pyproject.toml", "hatch_build.py", "tier.toml", "README.md", "CHANGELOG.md")
_JUNK = {"__pycache__", ".ipynb_checkpoints"}


def read_project(root: Path) -> Tier:
    """The tier whose project folder this is."""
    return read_tier(root / "tier.toml")


def files_below(root: Path, folder: str) -> Iterator[Path]:
    """The files of a subfolder, relative to `root`, sorted, without what tools and editors leave behind."""
    for path in sorted((root / folder).rglob("*")):
        name = path.relative_to(root)
        junk = any(part in _JUNK or part.startswith(".") for part in name.parts)
        if (
            path.is_file()
            and not junk
            and path.suffix not in (".pyc", ".pyo")
            and not name.name.endswith("~")
        ):
            yield name


def project_files(root: Path, tier: Tier) -> dict[Path, Path]:
    """Everything that a build of the tier needs: its place in the project -> where it is now."""
    names = [Path(name) for name in TOP if (root / name).is_file()]
    names += sorted(path.relative_to(root) for path in root.glob("LICENSE*") if path.is_file())
    names += [path.relative_to(root) for path in find_sources(tier, root / "modules").values()]
    names += [path for folder in ("tests", "src", "milestones") for path in files_below(root, folder)]
    return {name: root / name for name in names} | catalog_files(root)


def catalog_files(root: Path) -> dict[Path, Path]:
    """The manifests of the other tiers: carried along, or in a clone those beside the project."""
    carried = root / SUPPORT / "catalog"
    if carried.is_dir():
        return {path.relative_to(root): path for path in sorted(carried.glob("*.toml"))}
    beside = [path for path in root.resolve().parent.glob("*/tier.toml") if path.parent != root.resolve()]
    named = sorted((read_tier(path).name, path) for path in beside)
    return {Path(SUPPORT, "catalog", f"{name}.toml"): path for name, path in named}


def read_catalog(root: Path) -> list[Tier]:
    """The tiers of `catalog_files`, lowest first."""
    tiers = [read_tier(path) for path in catalog_files(root).values()]
    return sorted(tiers, key=lambda tier: (tier.order, tier.name))


def tangler_files() -> list[Path]:
    """The sources of this package."""
    return sorted(Path(__file__).parent.glob("*.py"))


def carrier(tier: Tier, project: str, build: str) -> str:
    """The source of the import package that leads to the project."""
    return (
        f'"""The project that this build of {tier.distribution} was made from."""\n\n'
        "from pathlib import Path\n\n"
        f"BUILD = {build!r}\n"
        f"PROJECT = Path(__file__).resolve().parent.joinpath({project!r}).resolve()\n"
    )
