"""What students get: one zip of a workspace without answers and a wheelhouse. It is searched before it is published."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tinytorch_course import __version__
from tinytorch_course.answers import Answer, Leak, Search, answers, files_of, is_zip
from tinytorch_course.course import Course, Plan
from tinytorch_course.errors import ToolError
from tinytorch_course.files import create_text
from tinytorch_course.kits import Installed, Kit, libraries_needed, make_kit, tiers_needed
from tinytorch_course.ranges import span
from tinytorch_course.strip import MissingExtra, strip_module, to_notebook
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import read_module
from tinytorch_course.tangle.project import files_below
from tinytorch_course.wheels import Target, Wheel, repack, select, this_machine, this_python, wheel_at, wheels_in
from tinytorch_course.workspace import CONFIG, MARK, SUBMITTED

TOOL = "tinytorch-course"
HERE = Path(__file__).parent
WHEELHOUSE = "wheelhouse"


# --- the workspace


def write_workspace(course: Course, plan: Plan, root: Path) -> None:
    """The stripped modules, the kits of their tiers, and the sources of the modules beside those taught."""
    for one in plan.built:
        make_kit(one.project, root / ".tinytorch" / one.tier.name)
    for module in plan.taught:
        write_module(course, Kit(root / ".tinytorch" / module.tier).pristine(module), root / "modules")
    for module in plan.given:
        target = root / ".tinytorch/reference" / module.tier / "modules" / f"{module.stem}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_source(plan, module), target)
    supplied = [*plan.given, *(module for one in plan.above for module in one.tier.modules)]
    uses = "".join(f'{module.label} = "reference"\n' for module in supplied)
    create_text(root / MARK, CONFIG.format(format=course.format) + uses)


def write_module(course: Course, pristine: Path, folder: Path) -> None:
    text = pristine.read_text("utf-8")
    try:
        content = to_notebook(text) if course.format == "ipynb" else text
    except MissingExtra as error:
        raise ToolError(
            f"notebooks need {error.name}, which is not installed",
            "install it: python -m pip install 'tinytorch-course[jupyter]'; or write format = \"py\" in course.toml",
        ) from None
    create_text(folder / f"{pristine.stem}.{course.format}", content)


def _source(plan: Plan, module: Module) -> Path:
    (project,) = [one.project for one in plan.built if one.tier.name == module.tier]
    return project / "modules" / f"{module.stem}.py"


# --- the wheelhouse


@dataclass(frozen=True)
class Supplies:
    """Where wheels come from: our own from a folder or what is installed, others from a folder or the index."""

    own: Path | None
    others: Path | None
    scratch: Path


def roots(course: Course, plan: Plan) -> list[Requirement]:
    """What the README's line installs: the tool, the references below, and what the other tiers stand on."""
    extras = f"[{','.join(sorted(course.extras))}]" if course.extras else ""
    names = [f"{TOOL}{extras}", *(one.tier.distribution for one in plan.below)]
    libraries = {text: None for one in (*plan.built, *plan.above) for text in libraries_needed(one.project)}
    return [Requirement(text) for text in (*names, *libraries)]


def own_wheels(tiers: Iterable[Installed], supplies: Supplies) -> list[Wheel]:
    """The wheels of the tool and of these tiers, in the versions that are installed here."""
    wanted = {TOOL: __version__, **{one.tier.distribution: one.version for one in tiers}}
    return [_own_wheel(name, version, supplies) for name, version in wanted.items()]


def wheels_above(plan: Plan, supplies: Supplies) -> list[Wheel]:
    """Of the tiers that stand on what students build; what they need of it no wheel here can fulfil."""
    found = [_own_wheel(one.tier.distribution, one.version, supplies) for one in plan.above]
    for wheel in found:
        wheel.verify()
    return found


def _own_wheel(name: str, version: str, supplies: Supplies) -> Wheel:
    folder = supplies.own
    if folder is None:
        supplies.scratch.mkdir(parents=True, exist_ok=True)
        wheel = wheel_at(repack(name, supplies.scratch))
        assert wheel is not None
        return wheel
    there = [wheel for wheel in wheels_in(folder) if wheel.name == name]
    found = next((wheel for wheel in there if str(wheel.version) == version), None)
    if found is not None:
        return found
    others = ", ".join(str(wheel.version) for wheel in there)
    raise ToolError(
        f"{folder} has no wheel of {name} {version}, the version that is installed here"
        + (f" (it has {others})" if others else ""),
        "put it there, or install the version that you mean to hand out",
    )


def gather(
    wanted: list[Requirement], own: list[Wheel], targets: Iterable[Target], supplies: Supplies
) -> list[Wheel]:
    """Every wheel that one of the machines needs; what cannot be had is an error that says for which."""
    found: dict[str, Wheel] = {}
    for target in targets:
        chosen, missing = select(wanted, [*own, *_others(supplies)], target)
        for fetch in _ways(target, supplies):
            before = ""
            while missing and str(missing) != before:  # what came may need more
                before = str(missing)
                fetch(missing, target, supplies.scratch / "others")
                chosen, missing = select(wanted, [*own, *_others(supplies)], target)
        if missing:
            raise _lacking(missing, target, supplies)
        found |= {wheel.path.name: wheel for wheel in chosen.values()}
    for wheel in found.values():
        wheel.verify()
    return [found[name] for name in sorted(found)]


def _ways(target: Target, supplies: Supplies) -> list[Callable[[Iterable[Requirement], Target, Path], None]]:
    """A folder that was named is all that counts. For a machine like this one, what is installed comes first."""
    if supplies.others is not None:
        return []
    like_this = target == Target(this_machine() or "", this_python())
    return [from_installed, download] if like_this else [download]


def _others(supplies: Supplies) -> list[Wheel]:
    """Of somebody else's: a wheel of ours that lies among them may be of a tier that is taught."""
    folder = supplies.others or supplies.scratch / "others"
    return [wheel for wheel in wheels_in(folder) if not is_ours(wheel.name)]


def from_installed(wanted: Iterable[Requirement], target: Target, into: Path) -> None:
    """What the instructor works with; what cannot be made into a wheel again is left to pip."""
    into.mkdir(parents=True, exist_ok=True)
    for one in wanted:
        with suppress(ToolError):
            repack(one.name, into)


def is_ours(distribution: str) -> bool:
    return canonicalize_name(distribution).partition("-")[0] == "tinytorch"


def _lacking(missing: list[Requirement], target: Target, supplies: Supplies) -> ToolError:
    names = ", ".join(map(str, missing))
    command = f"python -m pip download --only-binary=:all: --python-version {target.python} "
    command += f"--platform {target.platforms[0]} -d {supplies.others or 'DIR'} '{missing[0]}'"
    return ToolError(
        f"no wheel for {target}: {names}" + (f" (looked in {supplies.others})" if supplies.others else ""),
        f"with a network: {command}",
    )


def download(wanted: Iterable[Requirement], target: Target, into: Path) -> None:
    """Let pip choose and fetch from its index; nothing is built and nothing runs."""
    platforms = [word for name in target.platforms for word in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", target.python, *platforms]
    command += ["--dest", str(into), *(str(one) for one in wanted)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()
        reason = said[-1].removeprefix("ERROR: ") if said else "no reason given"
        raise ToolError(
            f"pip could not fetch what {target} needs: {reason}",
            "without a network, name a folder that has the wheels: tt course handout --wheelhouse DIR",
        )


# --- the page


README = """\
# {name}

You build {what} of TinyTorch. {there} You need one of these, and no network: {machines}.

Unzip, go to this folder, and set everything up. On Linux and macOS:

```sh
python3 -m venv .venv && . .venv/bin/activate && {install}
tt check {first}
```

On Windows, in the Command Prompt:

```bat
py -m venv .venv && .venv\\Scripts\\activate && {install}
tt check {first}
```

The check says that nothing is written yet, and which line to begin with. In a new terminal, switch the environment on
again: `. .venv/bin/activate`, on Windows `.venv\\Scripts\\activate`.

| | |
| --- | --- |
| `tt check {first}` | check a module; plain `tt` checks again on every save |
| `tt hint` | a question, then a place, then the shape of the answer |
| `tt status` | what is yours and what is the reference's, what has passed |
| `tt build` | make the wheel of what you wrote and install it: `import tinytorch` is then yours |
| `tt milestone` | run your code on a problem that made history |
{submit}| `tt reset {first}` | begin a module again; yours is kept |
| `tt doctor` | when something does not work |

`modules/` is yours. `.tinytorch/` belongs to the tool, `wheelhouse/` to pip. The modules can be written in any order in
which each has what it needs; `tt check` says what that is.
{upgrade}"""

UPGRADE = """
A newer wheel of the reference goes into `wheelhouse/`, and then what you wrote stays as it is:

```
{lines}
```
"""

INSTALL = "python -m pip install --no-index --find-links wheelhouse"
# of a tier above: pip would look for what it stands on, which only `tt build` makes
INSTALL_ABOVE = f"{INSTALL} --no-deps"

SUBMIT = """\
| `tt submit 20 --name "Your Name"` | enter the competition with `capstone/entry.py`: a zip to hand in |
"""


def readme(course: Course, plan: Plan, targets: Iterable[Target], install: Iterable[str]) -> str:
    commands = [" ".join([INSTALL, *(f'"{name}"' if "[" in name else name for name in install)])]
    if plan.above:
        commands.append(" ".join([INSTALL_ABOVE, *(one.tier.distribution for one in plan.above)]))
    return README.format(
        name=course.name,
        what=span(m.number for m in plan.taught),
        there=_there(plan),
        machines="; ".join(map(str, targets)),
        install=" && ".join(commands),
        first=plan.taught[0].label,
        submit=SUBMIT if _can_submit(plan) else "",
        upgrade=_upgrade(plan),
    )


def _there(plan: Plan) -> str:
    below, above = (
        " and ".join(f"{one.tier.distribution} {one.version}" for one in tiers) for tiers in (plan.below, plan.above)
    )
    if not below:
        return "You begin at the bottom." + (f" What lies above is there, as {above}." if above else "")
    return f"What lies below is there, as {below}" + (f", and what lies above, as {above}." if above else ".")


def _can_submit(plan: Plan) -> bool:
    return SUBMITTED in {m.number for one in (*plan.built, *plan.above) for m in one.tier.modules}


def _upgrade(plan: Plan) -> str:
    lines = []
    if plan.below:
        lines.append(" ".join([INSTALL, "--upgrade", *(f'"{one}"' for one in ranges(plan))]))
    if plan.above:
        lines.append(" ".join([INSTALL_ABOVE, "--upgrade", *(one.tier.distribution for one in plan.above)]))
    return UPGRADE.format(lines="\n".join(lines)) if lines else ""


def ranges(plan: Plan) -> list[Requirement]:
    """The tiers below, in the versions that those above work with: pip by itself would take any that is newer."""
    names = {one.tier.distribution for one in plan.below}
    found = {name: Requirement(name) for name in names}
    for one in (*plan.below, *plan.built):
        for needed in tiers_needed(one.project).values():
            if needed.name in names:
                found[needed.name].specifier &= needed.specifier
    return [found[one.tier.distribution] for one in plan.below]


def install_names(wanted: list[Requirement], wheels: list[Wheel], target: Target) -> list[str]:
    """Of what is wanted, the names that do not come with another."""
    ours = [one for one in wanted if is_ours(one.name)]
    come, _ = select(ours, wheels, target)
    named = [one for one in wanted if is_ours(one.name) or canonicalize_name(one.name) not in come]
    return [one.name + (f"[{','.join(sorted(one.extras))}]" if one.extras else "") for one in named]


# --- the zip, and what must not be in it


def contents(name: str, root: Path, wheels: Iterable[Wheel]) -> dict[str, bytes]:
    """The files of the zip, below one folder."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    files = {f"{name}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in paths}
    return files | {f"{name}/{WHEELHOUSE}/{wheel.path.name}": wheel.path.read_bytes() for wheel in wheels}


@dataclass
class Proof:
    """What was looked for, in how many files, and what was found."""

    answers: int
    files: int
    leaks: list[Leak]


def prove(plan: Plan, archive: Path) -> Proof:
    """Look for every answer of the taught modules in every file of a zip."""
    secret = [a for m in plan.taught for a in answers(m, read_module(_source(plan, m)))]
    return inspect(plan, archive.read_bytes(), secret, given_texts(plan))


def inspect(plan: Plan, data: bytes, secret: list[Answer], given: Iterable[str]) -> Proof:
    search, refuse = Search(secret, given), _refusal(plan)
    proof = Proof(len(secret), 0, [])
    for where, content in files_of(data):
        proof.files += 1
        reason = refuse(where)
        if reason:
            proof.leaks.append(Leak(where, reason))
        elif not is_zip(content):  # what is in it comes next
            proof.leaks += search.leaks(where, content, _from_elsewhere(where))
    return proof


def _from_elsewhere(where: str) -> bool:
    """In a wheel that is not of this house."""
    wheel, inside, _ = where.partition(": ")
    return bool(inside) and not is_ours(wheel.rpartition("/")[2].partition("-")[0])


def _refusal(plan: Plan) -> Callable[[str], str]:
    """What may not be there, whatever is in it."""
    carriers = {one.tier.carrier: one.tier for one in plan.built}
    targets = {f"tinytorch/{m.target.replace('.', '/')}.py": m for m in plan.taught}

    def refuse(where: str) -> str:
        path = where.rpartition(": ")[2]
        parts = path.split("/")
        if path.endswith(".whl") and parts[-1].partition("-")[0] in carriers:
            return f"a wheel of {carriers[parts[-1].partition('-')[0]].distribution}, which is built in this course"
        for part in set(parts) & carriers.keys():
            return f"the sources of {carriers[part].distribution}, which is built in this course"
        for target in (t for t in targets if f"/{path}".endswith(f"/{t}")):
            return f"the code of module {targets[target].label}"
        return ""

    return refuse


def given_texts(plan: Plan) -> Iterator[str]:
    """All that students have anyway: what a line that stands there too gives away is nothing."""
    for one in plan.built:
        for module in one.tier.modules:
            text = _source(plan, module).read_text("utf-8")
            yield strip_module(text, module, [one.tier]) if module in plan.taught else text
        yield from _texts(one, "tests", "src")
    for one in plan.below:
        yield from _texts(one, "modules", "tests", "src")
    carried = [HERE.parents[3] / name for name in ("milestones", "capstone")]  # in a clone; in a wheel they are in HERE
    scripts = [path for folder in (HERE, *carried) for path in folder.rglob("*.py")]
    yield from (path.read_text("utf-8") for path in scripts)


def _texts(one: Installed, *folders: str) -> Iterator[str]:
    for folder in folders:
        names = files_below(one.project, folder)
        yield from ((one.project / name).read_text("utf-8") for name in names if name.suffix in (".py", ".pyi"))
