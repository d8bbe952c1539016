"""The learner's folder: `tinytorch.toml` marks it, `modules/` is theirs, `.tinytorch/` is the tool's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomlkit
from tomlkit.exceptions import TOMLKitError

from tinytorch_course import files
from tinytorch_course.errors import ToolError
from tinytorch_course.kits import REPAIR, Installed, Kit, copy_reference, installed_tiers, make_kit
from tinytorch_course.strip import MissingExtra, to_notebook
from tinytorch_course.tangle.manifest import Module, Tier

MARK = "tinytorch.toml"
Side = Literal["mine", "reference", "absent"]

CONFIG = """\
# A TinyTorch workspace.  Change what you like here: the tool keeps your comments.

[workspace]
tier = "{tier}"
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
    def tier_name(self) -> str:
        return str(self.config.get("workspace", {}).get("tier", "foundation"))

    @property
    def kit(self) -> Kit:
        return Kit(self.hidden / self.tier_name)

    @property
    def build_folder(self) -> Path:
        return self.hidden / "build"

    @property
    def backups(self) -> Path:
        return self.hidden / "backups"

    def relative(self, path: Path) -> str:
        """A path as the reader of a message knows it: from the workspace's root, with forward slashes."""
        return path.relative_to(self.root).as_posix() if self.root in path.parents else str(path)

    # --- modules

    @property
    def tier(self) -> Tier:
        return self.kit.tier

    def module(self, number: int) -> Module:
        modules = {m.number: m for m in self.tier.modules}
        if number not in modules:
            raise ToolError(
                f"there is no module {number:02} here", f"this workspace has {_span(list(modules))}"
            )
        return modules[number]

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
        path = self.hidden / "reference" / self.tier_name / "modules" / f"{module.stem}.py"
        return path if path.is_file() else None

    def started(self) -> list[Module]:
        return [m for m in self.tier.modules if self.learner_file(m) is not None]

    def side(self, module: Module) -> Side:
        """Which side supplies a module; gaps below the furthest one reached are the reference's."""
        if self.says_reference(module):
            return "reference"
        if self.learner_file(module) is not None:
            return "mine"
        reached = [m for m in self.tier.modules if self.says_reference(m)] + self.started()
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
    lacking = workspace.kit.missing()
    if lacking:
        lost = f".tinytorch/{workspace.tier_name}/{lacking[0]}"
        raise ToolError(f"the workspace is incomplete: {lost} is missing", REPAIR)
    return workspace


def find_root(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / MARK).is_file()), None)


def read_config(path: Path) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(path.read_text("utf-8"))
        if not isinstance(document.get("workspace"), dict):
            raise ValueError("the section [workspace] is missing")
    except (TOMLKitError, ValueError) as error:
        raise ToolError(
            f"tinytorch.toml cannot be read: {error}",
            "tt start  writes a new one, keeps the old in .tinytorch/backups, and leaves your modules alone",
        ) from None
    return document


def create(root: Path, notebook: bool) -> Workspace:
    """Make a workspace, or put back what an existing one lacks; never touches a file in modules/.

    The mark is written last: a folder with a mark was whole at that time.
    """
    config = root / MARK
    broken = config.is_file() and _unreadable(config)
    if broken:
        files.backup(config, root / ".tinytorch" / "backups")
    whole = config.is_file() and not broken
    name = Workspace(root, read_config(config)).tier_name if whole else _known_tier(root)
    _complete(root, name)
    (root / "modules").mkdir(exist_ok=True)
    if not whole:
        files.write_text(config, CONFIG.format(tier=name, format="ipynb" if notebook else "py"))
    return find(root)


def _unreadable(path: Path) -> bool:
    try:
        read_config(path)
    except ToolError:
        return True
    return False


def _known_tier(root: Path) -> str:
    """The tier of a workspace whose mark is gone, else the first one whose reference is installed."""
    hidden = root / ".tinytorch"
    kits = [p.parent.name for p in sorted(hidden.glob("*/tier.toml"))]
    return kits[0] if kits else _installed_reference(None).name


def _complete(root: Path, name: str) -> None:
    kit, reference = Kit(root / ".tinytorch" / name), root / ".tinytorch" / "reference" / name / "modules"
    if not kit.missing() and reference.is_dir():
        return
    if not kit.missing() and not any(t.name == name and t.has_reference for t in installed_tiers()):
        return  # a hand-out: it has no reference and needs none
    source = _installed_reference(name)
    if kit.missing():
        make_kit(source.project, kit.root)
    copy_reference(source.project, reference)


def _installed_reference(name: str | None) -> Installed:
    found = [t for t in installed_tiers() if name is None or t.name == name]
    for tier in found:
        if tier.has_reference:
            return tier
    wanted = f"tinytorch-{name or 'foundation'}"
    if found:
        raise ToolError(
            f"the installed {wanted} is your own build ({found[0].version}); a workspace needs the original",
            f"install the original again: python -m pip install --force-reinstall {wanted}",
        )
    raise ToolError(f"{wanted} is not installed", f"install it: python -m pip install {wanted}")


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
    text = workspace.kit.pristine(module).read_text("utf-8")
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


def _span(numbers: list[int]) -> str:
    return f"modules {min(numbers):02} to {max(numbers):02}" if numbers else "no modules"
