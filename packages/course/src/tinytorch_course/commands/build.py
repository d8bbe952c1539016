"""tt build and tt use: the wheel of what the learner wrote."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from tinytorch_course import files, show
from tinytorch_course.checking import Outcome, Selection, select
from tinytorch_course.errors import PASS, NotYet, ToolError
from tinytorch_course.kits import installed_tiers
from tinytorch_course.student import BuildError, build_wheel
from tinytorch_course.tangle.manifest import Module, Tier
from tinytorch_course.workspace import Workspace


def build(workspace: Workspace, install: bool) -> int:
    selection = selection_of_build(workspace)
    tiers = [tier for tier in workspace.tiers if _is_built(workspace, tier, selection)]
    wheels = [_build_tier(workspace, tier, selection.files) for tier in tiers]
    if not install:
        show.say(
            "Not installed. To install it: python -m pip install --no-deps --force-reinstall "
            + " ".join(map(workspace.relative, wheels))
        )
        return PASS
    install_wheels(wheels)
    show.say("Installed: `import tinytorch` is now what you wrote.")
    return PASS


def _is_built(workspace: Workspace, tier: Tier, selection: Selection) -> bool:
    """A tier in which something is the learner's; and one between those that is nowhere else to be had."""
    if any(m.number in selection.mine for m in tier.modules):
        return True
    lacking = tier.name not in {one.tier.name for one in installed_tiers()}
    return lacking and tier.name in workspace.kits and any(m.number in selection.files for m in tier.modules)


def _build_tier(workspace: Workspace, tier: Tier, sources: dict[int, Path]) -> Path:
    own = {m.number: sources[m.number] for m in tier.modules if m.number in sources}
    dist = workspace.root / "dist"
    files.make_folder(dist)
    with workspace.scratch("wheel-") as folder:
        lent = [m.number for m in tier.modules if workspace.side(m) != "mine"]
        built = _wheel(workspace.project(tier.name), own, folder, lent)
        wheel = dist / built.name
        files.write_bytes(wheel, built.read_bytes())
    _forget_older(dist, wheel)
    show.say(f"Built {workspace.relative(wheel)}:")
    _list(workspace, tier, own)
    return wheel


def _wheel(project: Path, sources: dict[int, Path], folder: Path, lent: list[int]) -> Path:
    try:
        return build_wheel(project, sources, folder, lent)
    except BuildError as error:
        raise ToolError(str(error), "tt doctor  looks for the reason; your modules are not it") from None


def selection_of_build(workspace: Workspace) -> Selection:
    """Every module's file, mine or reference, without the rest. One that cannot compile stops the build."""
    mine = [module for module in workspace.started() if workspace.side(module) == "mine"]
    if not mine:
        raise ToolError("there is nothing to build: no module is yours", f"start one: tt start {workspace.first.label}")
    outcome = Outcome(mine[-1], "")
    selection = select(workspace, mine[-1], None, workspace.modules[-1].number, outcome)
    broken = next((module for module in mine if module.number not in selection.files), None)
    if broken is not None:
        raise _not_built(workspace, broken, outcome)
    return selection


def _not_built(workspace: Workspace, module: Module, outcome: Outcome) -> NotYet:
    said = [f"module {b.module.label} {b.reason}" for b in outcome.blockers]
    said += [note.replace("was left out of this check: it ", "") for note in outcome.notes]
    (reason,) = (text for text in said if text.startswith(f"module {module.label} "))
    has_reference = workspace.reference_file(module) is not None
    leave_out = f"tt use reference {module.label}" if has_reference else "move it out of modules/"
    return NotYet(f"not built: {reason}", f"fix it, or leave it out of builds: {leave_out}")


def _forget_older(dist: Path, wheel: Path) -> None:
    """One student wheel of a version at a time: an older one beside it could be installed by mistake."""
    stem = wheel.name.split("+student.")[0]
    for other in dist.glob(f"{stem}+student.*.whl"):
        if other != wheel:
            other.unlink()


def _list(workspace: Workspace, tier: Tier, sources: dict[int, Path]) -> None:
    rows = []
    for module in tier.modules:
        side = workspace.side(module) if module.number in sources else "absent"
        state = "" if side != "mine" else "passes" if workspace.passed(module) else "has not passed its check"
        rows.append((f"  {module.label}", module.title, side, state))
    for line in show.table(rows):
        show.say(line)


def install_wheels(wheels: list[Path]) -> None:
    """Install into the running environment, replacing the wheels of those names, with pip or with uv."""
    options = ["--no-deps", "--no-index", "--force-reinstall", *map(str, wheels)]
    uv = shutil.which("uv")
    if importlib.util.find_spec("pip") is not None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options]
    elif uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable, *options]
    else:
        raise ToolError(
            "this Python has neither pip nor uv, so nothing was installed",
            f"install it yourself: {' '.join(map(str, wheels))}",
        )
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise ToolError(
            f"the wheel is built but was not installed: {last}",
            "work in a virtual environment, or: tt build --no-install",
        )


def use(workspace: Workspace, side: str, number: int) -> int:
    module = workspace.module(number)
    if side == "mine" and workspace.learner_file(module) is None:
        raise ToolError(f"you have not started module {module.label}", f"start it: tt start {module.label}")
    if side == "reference" and workspace.reference_file(module) is None:
        raise ToolError(_no_reference(module), f"write it: tt start {module.label}")
    workspace.use(module, side)
    whose = "your file" if side == "mine" else "the reference"
    show.say(
        f"Module {module.label} ({module.title}) is now supplied by {whose}, "
        "in checks of later modules and in builds."
    )
    if side == "reference" and workspace.learner_file(module) is not None:
        show.say(f"Your file stays as it is. Back: tt use mine {module.label}")
    return PASS


def _no_reference(module: Module) -> str:
    return f"this workspace has no reference of module {module.label}: it was handed out without answers"
