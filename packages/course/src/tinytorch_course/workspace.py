"""The learner's folder: `tinytorch.toml` marks it, `modules/` is theirs, `.tinytorch/` is the tool's.

A workspace builds the tiers that it has a kit of. Every other installed reference is part of the course as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import tomlkit
from tomlkit.exceptions import TOMLKitError

from tinytorch_course import files
from tinytorch_course.errors import ToolError
from tinytorch_course.kits import (
    REPAIR,
    Installed,
    Kit,
    copy_reference,
    installed_tiers,
    make_kit,
    tiers_needed,
    version_of,
)
from tinytorch_course.strip import MissingExtra, to_notebook
from tinytorch_course.tangle.manifest import ManifestError, Module, Tier
from tinytorch_course.tangle.project import read_catalog

MARK = "tinytorch.toml"
SUBMITTED = 20  # the module whose result is handed in
Side = Literal["mine", "reference", "absent"]
FROM_ZIP = "take .tinytorch from the zip that you were given; your modules are as they were"

CONFIG = """\
# A TinyTorch workspace.  Change what you like here: the tool keeps your comments.

[workspace]
format = "{format}"  # of the modules that `tt start` adds: "py" or "ipynb"

[check]
# A check is stopped after this many times the module's own budget of seconds.
patience = 4.0

# Which side supplies a module in your builds, where you have said so: "mine" or "reference".
# `tt use` writes here.  A module that is not named is yours once it is in modules/.
[use]
"""


@dataclass
class Workspace:
    root: Path
    config: tomlkit.TOMLDocument

    # --- places

    @property
    def hidden(self) -> Path:
        return self.root / ".tinytorch"

    @property
    def build_folder(self) -> Path:
        return self.hidden / "build"

    def scratch(self, prefix: str) -> AbstractContextManager[Path]:
        """A folder to build in; what a command that was killed left there a day ago goes."""
        files.forget_older(self.build_folder, hours=24)
        return files.scratch(self.build_folder, prefix)

    @property
    def backups(self) -> Path:
        return self.hidden / "backups"

    def relative(self, path: Path) -> str:
        """A path as the reader of a message knows it: from the workspace's root, with forward slashes."""
        return path.relative_to(self.root).as_posix() if self.root in path.parents else str(path)

    # --- tiers

    @cached_property
    def kits(self) -> dict[str, Kit]:
        """The tiers that this workspace builds: those it has a kit of, or files of the learner's."""
        names = {p.parent.name for part in ("tier.toml", "pristine") for p in self.hidden.glob(f"[a-z]*/{part}")}
        stems = {p.stem for p in (self.root / "modules").glob("[0-9]*")}
        names |= {name for name, one in self.installed.items() if stems & {m.stem for m in one.tier.modules}}
        return {name: Kit(self.hidden / name) for name in sorted(names)}

    @cached_property
    def installed(self) -> dict[str, Installed]:
        """The installed reference of each tier that has one."""
        return {one.tier.name: one for one in installed_tiers() if one.has_reference}

    @cached_property
    def tiers(self) -> list[Tier]:
        """The tiers of this course, lowest first; one whose numbers are taken already has to stay outside."""
        found = [kit.tier for kit in self.kits.values()]
        for other in (one.tier for name, one in self.installed.items() if name not in self.kits):
            if not {m.number for m in other.modules} & {m.number for tier in found for m in tier.modules}:
                found.append(other)
        return sorted(found, key=lambda tier: (tier.order, tier.name))

    def project(self, tier: str) -> Path:
        """What a tier is built from: the kit, or else what the installed reference carries."""
        return self.kits[tier].root if tier in self.kits else self.installed[tier].project

    def kit(self, module: Module) -> Kit:
        return self.kits[module.tier]

    # --- modules

    @cached_property
    def modules(self) -> list[Module]:
        """Every module of every tier, in the order of the course."""
        return sorted((m for tier in self.tiers for m in tier.modules), key=lambda module: module.number)

    def module(self, number: int) -> Module:
        found = next((m for m in self.modules if m.number == number), None)
        if found is not None:
            return found
        for tier in self._catalog():
            for module in (m for m in tier.modules if m.number == number):
                problem = not_at_hand(tier.name)
                raise ToolError(f"module {module.label} ({module.title}): {problem.message}", problem.help)
        raise ToolError(f"there is no module {number:02} here", f"this workspace has {_span(self.modules)}")

    def _catalog(self) -> Iterator[Tier]:
        """The tiers that those at hand know of."""
        for tier in self.tiers:
            with suppress(OSError, ManifestError):
                yield from read_catalog(self.project(tier.name))

    def closure(self, module: Module) -> dict[int, Module]:
        """The modules that a module needs, directly or through others, by number."""
        found: dict[int, Module] = {}
        waiting = list(module.needs)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found[number] = self.module(number)
                waiting += found[number].needs
        return found

    def learner_file(self, module: Module) -> Path | None:
        """The learner's file of a module, .py or .ipynb; None when it was not started."""
        folder = self.root / "modules"
        found = [p for p in (folder / f"{module.stem}.py", folder / f"{module.stem}.ipynb") if p.is_file()]
        if len(found) == 2:
            raise ToolError(
                f"there are two files of module {module.label}: modules/{found[0].name} and {found[1].name}",
                "keep the one you work in and move the other out of modules/",
            )
        return found[0] if found else None

    def reference_file(self, module: Module) -> Path | None:
        """The workspace's own copy; of a tier that it does not build, what is installed."""
        own = self.hidden / "reference" / module.tier
        path = (own if module.tier in self.kits else self.project(module.tier)) / "modules" / f"{module.stem}.py"
        return path if path.is_file() else None

    @property
    def first(self) -> Module:
        """Where to begin: the first module that is built here and not left to the reference."""
        built = (m for m in self.modules if m.tier in self.kits and not self.says_reference(m))
        return next(built, self.modules[0])

    def started(self) -> list[Module]:
        return [m for m in self.modules if self.learner_file(m) is not None]

    def side(self, module: Module) -> Side:
        """Which side supplies a module; gaps below the furthest one reached are the reference's."""
        if self.says_reference(module):
            return "reference"
        if self.learner_file(module) is not None:
            return "mine"
        reached = [m for m in self.modules if self.says_reference(m)] + self.started()
        furthest = max((m.number for m in reached), default=0)
        gap = module.number < furthest and self.reference_file(module) is not None
        return "reference" if gap else "absent"

    def says_reference(self, module: Module) -> bool:
        said = self.config.get("use", {}).get(module.label)
        return said == "reference" and self.reference_file(module) is not None

    def supplier(self, module: Module) -> Path | None:
        """The file that supplies a module in builds."""
        side = self.side(module)
        if side == "absent":
            return None
        return self.learner_file(module) if side == "mine" else self.reference_file(module)

    # --- settings and memory

    @property
    def patience(self) -> float:
        value = self.config.get("check", {}).get("patience", 4.0)
        return float(value) if isinstance(value, (int, float)) and value > 0 else 4.0

    def use(self, module: Module, side: str) -> None:
        self.config.setdefault("use", tomlkit.table())[module.label] = side
        files.write_text(self.root / MARK, tomlkit.dumps(self.config))

    @property
    def state(self) -> dict[str, Any]:
        """What the tool remembers; a damaged memory is an empty one, nothing in it is the learner's work."""
        try:
            state = json.loads((self.hidden / "state.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def remember(self, topic: str, key: str, value: Any) -> None:
        state = self.state
        table = state.get(topic)
        state[topic] = {**(table if isinstance(table, dict) else {}), key: value}
        files.write_json(self.hidden / "state.json", state)

    def recall(self, topic: str, key: str) -> Any:
        table = self.state.get(topic)
        return table.get(key) if isinstance(table, dict) else None

    @property
    def current(self) -> Module | None:
        """The module that the learner is at: the last one started or checked, else the first in modules/."""
        number = self.recall("at", "module")
        started = self.started()
        return next((m for m in started if m.number == number), started[0] if started else None)

    def passed(self, module: Module) -> bool:
        """Whether the file as it is now has passed its check."""
        path, known = self.learner_file(module), self.recall("checks", module.label)
        if path is None or not isinstance(known, dict):
            return False
        return bool(known.get("passed")) and known.get("of") == files.digest(path)


def find(start: Path) -> Workspace:
    """The workspace that `start` is in."""
    root = find_root(start)
    if root is None:
        raise ToolError(
            "this folder is not in a TinyTorch workspace (there is no tinytorch.toml here or above)",
            "cd to your workspace, or make one here: tt start",
        )
    workspace = Workspace(root, read_config(root / MARK))
    lost = [f".tinytorch/{name}/{part}" for name, kit in workspace.kits.items() for part in kit.missing()]
    if lost or not workspace.kits:
        raise _incomplete(root, lost[0] if lost else ".tinytorch", _bring_back(workspace, lost))
    require(workspace, workspace.kits)
    return workspace


def require(workspace: Workspace, names: Iterable[str]) -> None:
    """Refuse tiers that lack one that they depend on, or have it in a version that they do not work with."""
    known = {tier.name for tier in workspace.tiers}
    for name in names:
        for text, needed in tiers_needed(workspace.project(name)).items():
            below = needed.name.removeprefix("tinytorch-")
            if below not in known:
                raise not_at_hand(below, workspace.root)
            version = version_of(workspace.project(below))
            if not needed.specifier.contains(version, prereleases=True):
                raise ToolError(
                    f"tinytorch-{name} works with {text}, and this workspace has {version}",
                    _exchange(workspace, below, text),
                )


def _exchange(workspace: Workspace, tier: str, needed: str) -> str:
    if tier not in workspace.kits:
        return f"install one that fits: python -m pip install {_from(workspace.root)}'{needed}'"
    return f"to take the installed one: delete .tinytorch/{tier}, then  tt start  (your modules stay as they are)"


def _incomplete(root: Path, lost: str, help: str) -> ToolError:
    state = "damaged" if (root / lost).exists() else "missing"
    return ToolError(f"the workspace is incomplete: {lost} is {state}", help)


def _bring_back(workspace: Workspace, lost: list[str]) -> str:
    """What is lost comes from the installed reference, or from where the workspace came from."""
    names = {path.split("/")[1] for path in lost} or {"?"}
    return REPAIR if names <= workspace.installed.keys() or not _from(workspace.root) else FROM_ZIP


def _from(root: Path | None) -> str:
    """A hand-out brings its wheels along."""
    return "--no-index --find-links wheelhouse " if root is not None and (root / "wheelhouse").is_dir() else ""


def find_root(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / MARK).is_file()), None)


def read_config(path: Path) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(path.read_text("utf-8"))
        if not isinstance(document.get("workspace"), dict):
            raise ValueError("the section [workspace] is missing")
        for name in ("check", "use"):
            if not isinstance(document.get(name, {}), dict):
                raise ValueError(f"{name} is not a section: write it as [{name}]")
    except (TOMLKitError, ValueError) as error:
        raise ToolError(
            f"tinytorch.toml cannot be read: {error}",
            "tt start  writes a new one, keeps the old in .tinytorch/backups, and leaves your modules alone",
        ) from None
    return document


def repaired(root: Path) -> Workspace:
    """The workspace at `root`, or one still to be, with what its kits lack put back."""
    mark = root / MARK
    workspace = Workspace(root, tomlkit.document() if _unreadable(mark) else read_config(mark))
    strange = sorted(p.name for p in (root / "modules").glob("[0-9][0-9]_*.*"))
    if strange and mark.is_file() and not workspace.kits:
        raise ToolError(
            f".tinytorch is missing, and no installed tier has modules/{strange[0]}",
            FROM_ZIP
            if _from(root)
            else "bring back the folder .tinytorch, or install the tier; your modules are as they were",
        )
    for name in workspace.kits:
        _complete(root, name)
    return Workspace(root, workspace.config)


def extend(workspace: Workspace, module: Module, notebook: bool) -> Workspace:
    """Make the workspace one that builds the module's tier; never touches a file in modules/.

    A tier that is new here brings those below it along, so that the workspace goes on working when the
    learner's own builds take the installed ones' places. The mark is written last: a folder with a mark was
    whole at that time.
    """
    root, mark = workspace.root, workspace.root / MARK
    if module.tier not in workspace.kits:
        names = [tier.name for tier in workspace.tiers]
        names = names[: names.index(module.tier) + 1]
        require(workspace, names)
        for name in names:
            _complete(root, name)
    (root / "modules").mkdir(exist_ok=True)
    if _unreadable(mark):
        if mark.is_file():
            files.backup(mark, workspace.backups)
        files.write_text(mark, CONFIG.format(format="ipynb" if notebook else "py"))
    return find(root)


def _unreadable(path: Path) -> bool:
    try:
        read_config(path)
    except (ToolError, OSError):
        return True
    return False


def _complete(root: Path, name: str) -> None:
    kit, reference = Kit(root / ".tinytorch" / name), root / ".tinytorch" / "reference" / name / "modules"
    lost = kit.missing()
    if not lost and reference.is_dir():
        return
    source = next((one for one in installed_tiers() if one.tier.name == name and one.has_reference), None)
    if source is None:
        if not lost:
            return  # a hand-out: it has no reference and needs none
        if _from(root):
            raise _incomplete(root, f".tinytorch/{name}/{lost[0]}", FROM_ZIP)
        raise not_at_hand(name)
    if lost:
        make_kit(source.project, kit.root)
    copy_reference(source.project, reference)


def not_at_hand(name: str = "", root: Path | None = None) -> ToolError:
    """Why there is no reference of a tier (or of any), and what to do."""
    found = [one for one in installed_tiers() if name in ("", one.tier.name)]
    wanted = f"tinytorch-{name or 'foundation'}"
    if not found:
        return ToolError(f"{wanted} is not installed", f"install it: python -m pip install {_from(root)}{wanted}")
    own = found[0]
    return ToolError(
        f"the installed {own.tier.distribution} is your own build ({own.version}); the original is needed here",
        f"install the original again: python -m pip install --force-reinstall {_from(root)}{own.tier.distribution}",
    )


def add_module(workspace: Workspace, module: Module, notebook: bool) -> Path:
    """Put the stripped module into modules/; an existing file of the learner's is returned as it is."""
    existing = workspace.learner_file(module)
    if existing is not None:
        return existing
    path = workspace.root / "modules" / f"{module.stem}.{'ipynb' if notebook else 'py'}"
    files.create_text(path, pristine_text(workspace, module, notebook))
    if workspace.says_reference(module):
        workspace.use(module, "mine")
    return path


def pristine_text(workspace: Workspace, module: Module, notebook: bool) -> str:
    text = workspace.kit(module).pristine(module).read_text("utf-8")
    if not notebook:
        return text
    try:
        return to_notebook(text)
    except MissingExtra:
        raise ToolError(
            "notebooks need jupytext, which is not installed",
            "install it: python -m pip install 'tinytorch-course[jupyter]'; or leave out --notebook",
        ) from None


def settings(workspace: Workspace) -> Mapping[str, Any]:
    table = workspace.config.get("workspace", {})
    return table if isinstance(table, dict) else {}


def _span(modules: list[Module]) -> str:
    return f"modules {modules[0].label} to {modules[-1].label}" if modules else "no modules"
