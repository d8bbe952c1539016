"""tt submit: from the workspace to the zip that `tt course verify` takes, on this machine and without a network."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tinytorch_course import confine, files, show
from tinytorch_course.checking import Outcome, Selection, select
from tinytorch_course.competition import claim
from tinytorch_course.competition.entries import PLACE, Wishes, entry_in
from tinytorch_course.competition.measure import Refused
from tinytorch_course.competition.receipt import receipt
from tinytorch_course.competition.sources import handed_in
from tinytorch_course.errors import PASS, NotYet, ToolError
from tinytorch_course.source import first_stub
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.workspace import SUBMITTED, Workspace

FOLDER = "submissions"
LONGEST_NAME = 80
ABSENT = "is not started"  # as `select` says it


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    name: str | None = None
    wishes: Wishes = field(default_factory=Wishes)
    quick: bool = False


def submit(workspace: Workspace, number: int, request: Request) -> int:
    if number != SUBMITTED:
        what = f"module {number:02} cannot be handed in yet: so far only {SUBMITTED} is, as an entry to the competition"
        raise ToolError(what, f"to see where it stands: tt check {number:02}")
    module = workspace.module(number)
    name = _name(workspace, request.name)
    entry, facts, new = entry_in(workspace.root, request.wishes)
    show.say(f"{'Made' if new else 'Takes'} {PLACE}: {facts.title} ({facts.track}, {facts.division} division).")
    if new:
        show.say("  It leaves the baseline as it is. Change it, and submit again.")
    selection = _ready(workspace, module)
    made = _made(workspace, selection, entry, name, request.quick, _confined())
    path = made.path
    for note in made.notes:
        show.say(f"note: {note}", "yellow")
    text = receipt(path, workspace.relative(path), made.submission)
    files.write_text(path.with_suffix(".txt"), text)
    show.say(f"Wrote {workspace.relative(path)}, and its receipt beside it:", "green")
    show.say()
    show.say(text.rstrip("\n"))
    return PASS


# --- who hands in, and what


def _name(workspace: Workspace, given: str | None) -> str:
    """Asked for once."""
    name = " ".join((given if given is not None else str(workspace.recall("submit", "name") or "")).split())
    if not name:
        raise ToolError("whose entry is it?", f'tt submit {SUBMITTED} --name "Your Name"  (the name is remembered)')
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ToolError(f"a name has at most {LONGEST_NAME} characters, all of them printable", "shorten it")
    workspace.remember("submit", "name", name)
    return name


def _ready(workspace: Workspace, module: Module) -> Selection:
    """The file that supplies each module. What a submission needs must be written; the rest is left out if broken."""
    outcome = Outcome(module, "")
    selection = select(workspace, module, None, workspace.modules[-1].number, outcome)
    needed = {**workspace.closure(module), module.number: module}
    reasons = {blocker.module.number: blocker.reason for blocker in outcome.blockers}
    for number in sorted(needed):
        reason = reasons.get(number) or _lacking(selection, number)
        if reason:
            raise _needed(needed[number], reason)
    for note in outcome.notes:
        show.say(f"note: {note.replace('this check', 'the submission')}", "yellow")
    for each in (m for n, m in sorted(needed.items()) if n in selection.mine and not workspace.passed(m)):
        show.say(f"note: module {each.label} ({each.title}) has not passed its check", "yellow")
    return selection


def _lacking(selection: Selection, number: int) -> str:
    """Why a module that is there is not enough, if it is not."""
    if number not in selection.files:
        return ABSENT
    place = first_stub(selection.mine[number]) if number in selection.mine else None
    return f"is not written yet ({place})" if place is not None else ""


def _needed(module: Module, reason: str) -> NotYet:
    command = "start" if reason == ABSENT else "check"
    what = f"a submission needs module {module.label} ({module.title}), which {reason}"
    return NotYet(what, f"go on there: tt {command} {module.label}")


def _confined() -> bool:
    """It is the learner's own code, so that it runs anywhere, as in a check; whoever verifies it insists."""
    try:
        confine.protections()
    except confine.Unconfined as error:
        show.say(f"note: your code runs unconfined here: {error.message.partition(', so it')[0]}", "yellow")
        return False
    return True


# --- measuring


def _made(
    workspace: Workspace, selection: Selection, entry: Path, name: str, quick: bool, confined: bool
) -> claim.Made:
    folder = workspace.root / FOLDER
    with workspace.scratch("submit-") as scratch, progress() as tell:
        mine = _copies(selection, scratch)
        try:
            made = claim.make(
                entry,
                mine,
                _given(workspace, selection, mine),
                [workspace.project(tier.name) for tier in workspace.tiers],
                scratch / "submission.zip",
                name=name,
                quick=quick,
                confined=confined,
                progress=tell,
            )
        except Refused as refused:
            raise _explained(workspace, selection, refused) from None
        track = str(made.submission["track"])
        path = _free(folder, f"{_slug(name)}-{track}-{time.strftime('%Y%m%d-%H%M%S')}")
        files.write_bytes(path, made.path.read_bytes())
    return claim.Made(path, made.submission, made.notes)


def _copies(selection: Selection, folder: Path) -> dict[int, Path]:
    """The learner's modules as they are handed in."""
    found = {}
    for number in selection.mine:
        original = selection.files[number]
        found[number] = folder / original.name
        found[number].write_bytes(handed_in(original))
    return found


def _given(workspace: Workspace, selection: Selection, mine: Mapping[int, Path]) -> dict[int, Path]:
    """What the baseline runs on: the reference, as far as the workspace has it. Module 20 is the workspace's own."""
    found = {}
    for number, path in selection.files.items():
        module = workspace.module(number)
        reference = workspace.reference_file(module)
        found[number] = mine.get(number, path) if reference is None or _own_is_given(workspace, module) else reference
    return found


def _own_is_given(workspace: Workspace, module: Module) -> bool:
    """The submission itself is written by the learner's module, and what has no reference here can be no other."""
    return module.number == SUBMITTED or workspace.reference_file(module) is None


def _slug(name: str) -> str:
    """Of letters that every system allows in the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-") or "entry"


def _free(folder: Path, stem: str) -> Path:
    files.make_folder(folder)
    names = (f"{stem}{'' if n == 1 else f'-{n}'}.zip" for n in range(1, 1000))
    return next(path for name in names if not (path := folder / name).exists())


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """On a terminal a moving sign with what is being done."""
    if not sys.stdout.isatty():
        yield None
        return
    with show.console().status("building") as status:
        yield lambda what, done, of: status.update(DOING.get(what, what) + (f", {done} of {of}" if of > 1 else ""))


DOING = {"optimize": "running optimize", "measure": "measuring the baseline and your entry in turn"}

# --- when it fails


def _explained(workspace: Workspace, selection: Selection, refused: Refused) -> NotYet:
    """With the lines of a traceback that are the learner's."""
    lines = _own_lines(workspace, selection, refused.output)
    endless = "is there a loop that never ends? " if "not done after" in refused.message else ""
    help = refused.help or f"{endless}change {PLACE}, and submit again"
    return NotYet("\n    ".join([refused.message, *lines]), help)


FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)')
MOST_LINES = 6


def _own_lines(workspace: Workspace, selection: Selection, output: str) -> list[str]:
    """`capstone/entry.py, line 12, in optimize`, the innermost last."""
    found = []
    for frame in FRAME.finditer(output):
        place = _place(workspace, selection, frame["file"], int(frame["line"]))
        if place:
            found.append(place if frame["function"] == "<module>" else f"{place}, in {frame['function']}")
    return found[-MOST_LINES:]


def _place(workspace: Workspace, selection: Selection, file: str, line: int) -> str:
    """What of the learner's this is; "" for a line of somebody else's."""
    if file.endswith("/entry.py"):
        return f"{PLACE}, line {line}"
    tree, _, inside = file.rpartition("/tinytorch/")
    target = inside.removesuffix(".py").replace("/", ".")
    module = next((m for m in workspace.modules if m.target == target and m.number in selection.mine), None)
    if module is None or (tree.endswith("/reference") and not _own_is_given(workspace, module)):
        return ""
    return str(selection.mine[module.number].at(line))
