"""tt course new and tt course handout: make a course, and give it to students."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from tinytorch_course import files, handout, show
from tinytorch_course.course import (
    FILE,
    Course,
    Plan,
    brought,
    checked,
    checked_name,
    configured,
    fault,
    find_course,
    plan,
    template,
)
from tinytorch_course.errors import PASS, ToolError
from tinytorch_course.handout import Proof, Supplies
from tinytorch_course.ranges import module_numbers, span
from tinytorch_course.tangle.manifest import Tier
from tinytorch_course.wheels import Target, Wheel, write_zip

MOST_LEAKS = 5  # that are listed


def new(name: str, configuration: int | None, modules: str | None) -> int:
    root = Path.cwd() / checked_name(name)
    if (root / FILE).exists():
        raise ToolError(f"{name}/{FILE} is there already", "edit it, or choose another name; nothing was changed")
    numbers = _numbers(modules) if modules is not None else []
    tiers = configured(configuration) if configuration is not None else []
    above, lacking = brought(configuration)
    course = Course(root, name, _names(tiers), tuple(numbers), _names(above), (), (), (), "py")
    found = plan(course)  # before anything is written: what is taught is there, and so is what it stands on
    files.make_folder(root)
    files.write_text(root / FILE, template(course))
    show.say(f"Made {name}/{FILE}.")
    _explain(found)
    for tier in lacking:
        show.say(f"note: {_left_out(tier)}", "yellow")
    show.say()
    show.say(f"Next: cd {name}, look at {FILE} (your students' machines), then  tt course handout")
    return PASS


def _names(tiers: Iterable[Tier]) -> tuple[str, ...]:
    return tuple(tier.name for tier in tiers)


def _left_out(tier: Tier) -> str:
    return (
        f"{tier.distribution} is not installed, so students of this course cannot submit; once it is, write "
        f'above = ["{tier.name}"] in {FILE}'
    )


def _numbers(text: str) -> list[int]:
    """`12,15` or `14-20`."""
    try:
        return module_numbers(text.split(","))
    except ToolError as error:
        raise click.BadParameter(error.message, param_hint="--modules") from None


def _explain(found: Plan) -> None:
    show.say(f"  to write   {span(m.number for m in found.taught)}")
    if found.given:
        show.say(f"  beside     {span(m.number for m in found.given)}, from the reference's sources")
    for one in found.below:
        show.say(f"  below      {one.tier.distribution} {one.version}, as a wheel of the reference")
    for one in found.above:
        show.say(f"  above      {one.tier.distribution} {one.version}, as a wheel of the reference")


def hand_out(
    out: Path | None,
    wheels: Path | None,
    wheelhouse: Path | None,
    platforms: tuple[str, ...],
    python: tuple[str, ...],
) -> int:
    course = find_course(Path.cwd())
    course = checked(replace(course, platforms=platforms or course.platforms, python=python or course.python))
    found, targets = plan(course), _targets(course)
    target = out or course.root / f"{course.name}.zip"
    folder = target.resolve().parent
    files.make_folder(folder)
    if not files.writable(folder):
        raise ToolError(f"{folder} cannot be written", f"say where the zip may go: --out FOLDER/{target.name}")
    with files.scratch(folder, ".handout-") as scratch:
        supplies = Supplies(wheels, wheelhouse, scratch / "wheels")
        chosen = _assemble(course, found, targets, supplies, scratch / "workspace")
        archive = scratch / "handout.zip"
        write_zip(archive, handout.contents(course.name, scratch / "workspace", chosen))
        proof = handout.prove(found, archive)
        if proof.leaks:
            raise _refused(proof)
        size = archive.stat().st_size
        os.replace(archive, target)
    _tell(found, targets, chosen, proof, f"{_shown(target)} ({max(1, round(size / 1e6))} MB)")
    return PASS


def _targets(course: Course) -> list[Target]:
    for name in ("platforms", "python"):
        if not getattr(course, name):
            raise fault(f"{name} is empty", "name at least one; the file says which there are")
    return [Target(machine, python) for machine in course.platforms for python in course.python]


def _assemble(
    course: Course, found: Plan, targets: list[Target], supplies: Supplies, root: Path
) -> list[Wheel]:
    """Write the workspace; the wheels that go beside it are returned."""
    wanted, own = handout.roots(course, found), handout.own_wheels(found.below, supplies)
    above = handout.wheels_above(found, supplies)
    hidden = not sys.stderr.isatty()
    with click.progressbar(targets, label="wheels", hidden=hidden, file=sys.stderr, item_show_func=_name) as bar:
        chosen = [*handout.gather(wanted, own, bar, supplies), *above]
    handout.write_workspace(course, found, root)
    names = handout.install_names(wanted, chosen, targets[0])
    files.write_text(root / "README.md", handout.readme(course, found, targets, names))
    return chosen


def _name(target: Target | None) -> str | None:
    return None if target is None else str(target)


def _refused(proof: Proof) -> ToolError:
    leaks = list(dict.fromkeys(map(str, proof.leaks)))
    more = [f"and {len(leaks) - MOST_LEAKS} more"] if len(leaks) > MOST_LEAKS else []
    return ToolError(
        "\n    ".join(["the hand-out would give answers away, so it was not written", *leaks[:MOST_LEAKS], *more]),
        "take the file away where it came from, and repeat the command",
    )


def _tell(found: Plan, targets: list[Target], wheels: list[Wheel], proof: Proof, what: str) -> None:
    show.say(f"Made {what}.", "green")
    _explain(found)
    show.say(f"  wheels     {len(wheels)}, for {_joined(map(str, targets))}")
    show.say(f"  searched   {proof.files} files, wheels opened, for {proof.answers} answers: none is there")
    show.say()
    show.say("Give it to your students: the two lines in its README.md set everything up, without a network.")


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if here in path.parents else str(path)
