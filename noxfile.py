"""Every task a person runs, one session each.

nox -s demo                                            the main job, shown in minutes
nox -s tests                                           every tier's wheels, and what spans tiers
nox -s "tests(tier='foundation', against='student')" -- --student PATH
nox -l                                                 all of them
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import re
import shutil
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]

ROOT = Path(__file__).resolve().parent
HOUSE = ROOT / ".house"  # the wheels, built once and rebuilt when their inputs change
SETTINGS = nox.project.load_toml("pyproject.toml")
# Two processes of tests: much of their time goes to processes that they start.
BOTH_CORES = ["-n", "2", "--dist", "worksteal"]
EVERYDAY, LONG = ["-m", "not long"], ["-m", "long"]
STAFF = ROOT / "tests/staff"
PYTHONS = ["3.11", "3.12", "3.13"]
VERSIONS = "import importlib.metadata as m; print(*sorted(f'{d.name} {d.version}' for d in m.distributions()))"
AXE = "axe-core@4.14.1"
# A student's endless loop costs the test its process (pytest 9 and later); when these are used up, the run is over.
ENDLESS = ["-o", "faulthandler_timeout=30", "-o", "faulthandler_exit_on_timeout=true"]
# Not an input of any wheel: what builds leave behind, and wrong answers.
LEFTOVERS = {"__pycache__", "dist", ".tangled", ".pytest_cache", ".mypy_cache", ".ruff_cache", "wrong", "right"}


def find_pythons() -> None:
    """Put pyenv's Pythons on the path, and its shims last: they answer for the chosen version alone, or fail."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    path = os.environ.get("PATH", "").split(os.pathsep)
    shims = [place for place in path if Path(place).name == "shims"]
    own = [str(place) for place in sorted(home.glob("versions/3.1[1-9]*/bin"))]
    os.environ["PATH"] = os.pathsep.join([*(place for place in path if place not in shims), *own, *shims])


find_pythons()


def tier_names() -> list[str]:
    """The tiers, lowest first, as their manifests say; a new tier needs no change here."""
    tiers = [tomllib.loads(path.read_text("utf-8"))["tier"] for path in ROOT.glob("packages/*/tier.toml")]
    return [tier["name"] for tier in sorted(tiers, key=lambda tier: tier["order"])]


TIERS = tier_names()
RUNS = [(tier, against) for tier in TIERS for against in ("reference", "student")]
RUNS += [("course", "reference"), ("all", "reference")]  # the tool, and what spans tiers


# -- wheels and environments -------------------------------------------------------------------------------


def digest(paths: Iterable[Path]) -> str:
    """One hash over files and folders: names and contents."""
    total = hashlib.sha256()
    for path in paths:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in (f for f in files if not LEFTOVERS & set(f.relative_to(path.parent).parts)):
            name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
            total.update(str(name).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def inputs(name: str) -> list[Path]:
    """What the wheel of `name` is made from: its folder, the tangler, and what is carried along."""
    folders = [ROOT / "packages" / name, ROOT / "packages/course", ROOT / "milestones", ROOT / "capstone"]
    return [*folders, *sorted(ROOT.glob("packages/*/tier.toml"))]


def wheel(session: nox.Session, name: str) -> Path:
    """The wheel of packages/`name`, built unless its inputs are unchanged since it was built."""
    mark = HOUSE / f"{name}.sha256"
    stamp = digest(path for path in inputs(name) if path.exists())
    built = list(HOUSE.glob(f"tinytorch_{name}-*.whl"))
    if len(built) == 1 and mark.is_file() and mark.read_text() == stamp:
        return built[0]
    for old in built:
        old.unlink()
    HOUSE.mkdir(exist_ok=True)
    session.install(*group("build"))
    with session.chdir(ROOT / "packages" / name):
        # without isolation: hatchling is in this session's environment
        session.run("python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(HOUSE), silent=True)
    mark.write_text(stamp)
    return next(HOUSE.glob(f"tinytorch_{name}-*.whl"))


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(SETTINGS, name))


def equip(session: nox.Session, *requirements: str, wheels: Iterable[Path] = ()) -> None:
    """Install requirements and wheels, unless this environment holds exactly these already."""
    paths = [str(path) for path in wheels]
    wanted = json.dumps([requirements, [[path, digest([Path(path)])] for path in paths]])
    stamp = Path(session.virtualenv.location) / "tinytorch-stamp.json"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    session.install(*requirements, *paths)
    if paths:
        # by path and by force: the version stays the same when the contents change, and uv's --find-links
        # would serve the old one from its cache
        force = "--reinstall" if session.venv_backend == "uv" else "--force-reinstall"
        session.install("--no-deps", force, *paths)
    stamp.write_text(wanted)


def reference(session: nox.Session, tiers: Iterable[str]) -> list[Path]:
    return [wheel(session, name) for name in tiers]


def from_elsewhere(session: nox.Session, *command: str, **options: object) -> object:
    """Run Python in an empty folder with -P, so that nothing of this repository is on the path."""
    folder = Path(session.create_tmp()).resolve() / "empty"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with session.chdir(folder):
        return session.run("python", "-P", *command, **options)


def pytest(session: nox.Session, *paths: Path, arguments: Iterable[str] = (), **options: object) -> None:
    there = [str(path) for path in paths if path.exists()]
    if not there:
        session.skip("no such tests yet")
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "no:cacheprovider", "-q"]
    from_elsewhere(session, "-m", "pytest", *settings, *there, *arguments, **options)


# -- the main job, shown -----------------------------------------------------------------------------------


@nox.session
def demo(session: nox.Session) -> None:
    """The main job in minutes: a course is handed out, built, submitted, verified, and stands on a board."""
    logging.getLogger("nox").setLevel(logging.WARNING)  # its own lines between the steps would hide them
    began = time.perf_counter()
    equip(session, *group("build"), wheels=reference(session, [*TIERS, "course"]))
    print(f"  0. [{time.perf_counter() - began:5.1f} s] wheels built, the instructor installs them", flush=True)
    session.run("python", str(ROOT / "tests/demo/run.py"), str(Path(session.create_tmp()).resolve() / "demo"))
    print(f"done in {time.perf_counter() - began:.0f} s", flush=True)
    logging.getLogger("nox").setLevel(logging.INFO)


# -- tests -------------------------------------------------------------------------------------------------


@nox.session
@nox.parametrize(["tier", "against"], RUNS)
def tests(session: nox.Session, tier: str, against: str) -> None:
    """Installed wheels, never the source tree: each tier, reference and student, then what spans tiers.

    What has passed is run again when something that it reads has changed, or with any argument after `--`.
    """
    mark = HOUSE / "passed" / f"{tier}-{against}"
    stamp = f"{sys.version} {digest(read_by(tier))}"
    if not session.posargs and mark.is_file() and mark.read_text() == stamp:
        session.skip("passed, and nothing has changed since; to run it all the same: nox -s tests -- -q")
    mark.unlink(missing_ok=True)
    parser = argparse.ArgumentParser()
    parser.add_argument("--student", type=Path, help="a folder of modules, or a student's wheel")
    ours, rest = parser.parse_known_args(session.posargs)
    if tier == "course":
        test_the_tool(session, rest)
    elif tier == "all":
        test_the_rest(session, rest)
    else:
        test_a_tier(session, rest, tier, against, ours.student)
    if not session.posargs:
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(stamp)


def read_by(tier: str) -> list[Path]:
    """What a run of the tests depends on: a tier's, on that tier and those below; any other, on everything."""
    always = [ROOT / "noxfile.py", ROOT / "pyproject.toml", ROOT / "packages/course"]
    always += [ROOT / "milestones", ROOT / "capstone"]
    if tier not in TIERS:
        return [*always, ROOT / "packages", ROOT / "tests", ROOT / "README.md"]
    tiers = TIERS[: TIERS.index(tier) + 1]
    return [*always, *(ROOT / "packages" / name for name in tiers), ROOT / "tests/cells", ROOT / "tests/support"]


def test_a_tier(session: nox.Session, arguments: list[str], tier: str, against: str, given: Path | None) -> None:
    below = TIERS[: TIERS.index(tier)]
    course = wheel(session, "course")
    wheels = [*reference(session, [*below, tier]), course]
    if against == "student":
        built = student_wheel(session, tier, wheels, given)
        wheels = [*reference(session, below), built, course]
    equip(session, *group("test"), wheels=wheels)
    suites = [ROOT / "packages" / tier / "tests", ROOT / "tests/cells"]
    judged = {"TINYTORCH_TIER": tier, "TINYTORCH_WHEEL": wheels[-2].name}  # the last one is the tool's
    limit = ENDLESS if given is not None else []
    pytest(session, *suites, arguments=[*BOTH_CORES, *limit, *arguments], env=judged)


def test_the_tool(session: nox.Session, arguments: list[str]) -> None:
    """Without any tier in its environment, as on the machine of somebody who was handed a workspace."""
    staff(session)
    pytest(session, ROOT / "tests/cli", arguments=[*BOTH_CORES, *EVERYDAY, *arguments])


def test_the_rest(session: nox.Session, arguments: list[str]) -> None:
    wheels = reference(session, [*TIERS, "course"])
    extras = [*group("notebooks"), *group("plots"), *group("types"), *group("release")]
    equip(session, *group("test"), *extras, wheels=wheels)
    folders = ["packaging", "framework", "milestones", "capstone", "confine", "competition", "board"]
    quick = [*BOTH_CORES, *EVERYDAY]
    pytest(session, *(ROOT / "tests" / folder for folder in folders), arguments=[*quick, *arguments])


def student_wheel(session: nox.Session, tier: str, wheels: list[Path], given: Path | None) -> Path:
    """A student's wheel: given, built from a folder, or from the answers put back into the hand-out."""
    if given is not None and not given.exists():
        session.error(f"--student {given}: there is no such folder or wheel")
    if given is not None and given.is_file():
        if not re.fullmatch(rf"tinytorch_{tier}-.+\.whl", given.name):  # an earlier one would be judged in its place
            session.error(f"--student {given}: this is no wheel of tinytorch-{tier}, such as `tt build` makes in dist/")
        return given.resolve()
    out = HOUSE / "student" / tier
    stamp = digest([*wheels, ROOT / "tests/support"]) + str(given)
    mark = out / "stamp"
    if given is None and mark.is_file() and mark.read_text() == stamp:
        return next(out.glob("*.whl"))
    shutil.rmtree(out, ignore_errors=True)
    equip(session, *group("test"), wheels=wheels)
    command = [str(ROOT / "tests/support/student.py"), tier, str(out)]
    from_elsewhere(session, *command, *([str(given.resolve())] if given else []))
    mark.write_text(stamp)
    return next(out.glob("*.whl"))


@nox.session
@nox.parametrize("tier", ["course", "all"])
def long(session: nox.Session, tier: str) -> None:
    """What takes minutes and rarely breaks: the tool on the real tiers, milestones to their criterion, cheats."""
    run = test_the_tool if tier == "course" else test_the_rest
    run(session, [*LONG, *session.posargs])  # the later -m holds


@nox.session(venv_backend="virtualenv")
def torch(session: nox.Session) -> None:
    """Values and gradients against PyTorch's."""
    # pip rather than uv: it finds a CPU build that the machine's settings offer
    equip(session, *group("test"), *group("torch"), wheels=reference(session, TIERS))
    pytest(session, ROOT / "tests/torch", arguments=session.posargs)


@nox.session
def minimums(session: nox.Session) -> None:
    """Every tier's checks with the oldest dependencies that the wheels allow."""
    wheels = reference(session, [*TIERS, "course"])
    equip(session, *group("test"), *oldest(dependencies([*TIERS, "course"])), wheels=wheels)
    for suite in (*(ROOT / "packages" / tier / "tests" for tier in TIERS), ROOT / "tests/framework"):
        pytest(session, suite)  # by itself: a tier's checks may count the operations that there are


@nox.session
def maximums(session: nox.Session) -> None:
    """Every tier's checks with the newest of everything, where a warning is an error."""
    wheels = reference(session, [*TIERS, "course"])
    equip(session, *group("test"), *dependencies([*TIERS, "course"]), wheels=wheels)
    newest = ["--upgrade", "--upgrade-strategy", "eager"] if session.venv_backend != "uv" else ["--upgrade"]
    session.install(*newest, *group("test"), *dependencies([*TIERS, "course"]))  # what was new once is not kept
    session.run("python", "-c", VERSIONS)
    for suite in (*(ROOT / "packages" / tier / "tests" for tier in TIERS), ROOT / "tests/framework"):
        pytest(session, suite, arguments=["-W", "error", *session.posargs])


@nox.session(python=PYTHONS)
def pythons(session: nox.Session) -> None:
    """Every tier's checks on each Python of the wheels' classifiers; one that is not found is skipped by name."""
    wheels = reference(session, [*TIERS, "course"])
    equip(session, *group("test"), *dependencies([*TIERS, "course"]), wheels=wheels)
    for tier in TIERS:
        pytest(session, ROOT / "packages" / tier / "tests", arguments=[*BOTH_CORES, *session.posargs])


def dependencies(names: Iterable[str]) -> list[str]:
    """What these packages need that is not of this house."""
    found: set[str] = set()
    for name in names:
        project = tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text("utf-8"))["project"]
        found |= {line for line in project.get("dependencies", []) if not line.startswith("tinytorch")}
    return sorted(found)


def oldest(requirements: Iterable[str]) -> list[str]:
    """`numpy>=2.0` as `numpy==2.0`."""
    return [re.sub(r">=\s*([\w.]+).*", r"==\1", line) for line in requirements]


# -- releases ----------------------------------------------------------------------------------------------


@nox.session(name="next")
def next_release(session: nox.Session) -> None:
    """What a release would hold, and the version that it asks for: nox -s next -- optimization."""
    equip(session, *group("release"))
    session.run("python", str(STAFF / "release.py"), "next", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Version, changelog and tag of one package: nox -s release -- optimization minor --dry-run."""
    equip(session, *group("release"), *group("test"), *dependencies(TIERS))
    session.run("python", str(STAFF / "release.py"), "release", *session.posargs)


@nox.session
def compat(session: nox.Session) -> None:
    """One package beside old and new ones, from wheels: nox -s compat -- optimization."""
    equip(session, *group("release"), *group("test"), *dependencies(TIERS))
    session.run("python", str(STAFF / "compat.py"), *session.posargs)


@nox.session
def artefacts(session: nox.Session) -> None:
    """What a release gives out, in one folder: nox -s artefacts -- optimization; without a name, every package."""
    equip(session, *group("release"), *dependencies(TIERS), wheels=reference(session, [*TIERS, "course"]))
    out = HOUSE / "artefacts"
    shutil.rmtree(out, ignore_errors=True)
    session.run("python", str(STAFF / "artefacts.py"), str(out), *session.posargs)


@nox.session(name="new-tier")
def new_tier(session: nox.Session) -> None:
    """Lay out a tier: nox -s new-tier -- robotics, or with a folder, for one that lives elsewhere."""
    equip(session, *group("release"))
    session.run("python", str(STAFF / "layout.py"), "tier", *session.posargs)


@nox.session(name="new-module")
def new_module(session: nox.Session) -> None:
    """Lay out one more module of a tier: nox -s new-module -- optimization scheduling."""
    equip(session, *group("release"))
    session.run("python", str(STAFF / "layout.py"), "module", *session.posargs)


# -- the teaching ------------------------------------------------------------------------------------------


def staff(session: nox.Session, *more: str) -> None:
    """The tool without any tier: what the chapters are judged with is built from them each time."""
    needs = [*group("test"), *group("notebooks"), *dependencies(TIERS), *more]
    equip(session, *needs, wheels=[wheel(session, "course")])


@nox.session
def modules(session: nox.Session) -> None:
    """Lint of the chapters: parts, budgets, forward references; stripped fails, reference passes."""
    staff(session, *group("nbgrader"), *group("plots"))
    pytest(session, ROOT / "tests/modules", arguments=[*BOTH_CORES, *session.posargs])


@nox.session
def mutants(session: nox.Session) -> None:
    """Wrong answers caught, each with a message that points at the mistake; right ones passed."""
    staff(session)
    from_elsewhere(session, str(ROOT / "tests/mutants/run.py"), *session.posargs)


@nox.session
def right(session: nox.Session) -> None:
    """Whole builds made of right answers: every check of the course, and the milestones in short."""
    staff(session)
    from_elsewhere(session, str(ROOT / "tests/mutants/whole.py"), *session.posargs)


@nox.session
def loadbearing(session: nox.Session) -> None:
    """What the learner writes is what runs: each solution region, made to raise, breaks something that is no check."""
    staff(session, *group("plots"))
    command = [str(ROOT / "tests/loadbearing/run.py"), "--cache", str(HOUSE / "loadbearing")]
    from_elsewhere(session, *command, *session.posargs)


@nox.session
def prefixes(session: nox.Session) -> None:
    """The framework as it stands after module 01, 02, ..."""
    staff(session)
    pytest(session, ROOT / "tests/prefixes", arguments=[*BOTH_CORES, *session.posargs])


@nox.session
def milestones(session: nox.Session) -> None:
    """Run the milestones on the reference: nox -s milestones -- 1986 --data mnist."""
    equip(session, *group("plots"), wheels=reference(session, [*TIERS, "course"]))
    chosen = session.posargs[0] if session.posargs else ""
    for path in sorted((ROOT / "milestones").glob(f"{chosen}*.py")):
        from_elsewhere(session, str(path), *session.posargs[1:])


@nox.session
def board(session: nox.Session) -> None:
    """The competition's board in headless Chromium: nox -s board -- --install brings Debian's chromium first."""
    install = "--install" in session.posargs
    if not has_chromium(session, install or os.environ.get("CI") == "true"):
        session.skip("no chromium here; on Debian as root: apt-get install chromium, or nox -s board -- --install")
    equip(session, *group("test"), *dependencies(TIERS), wheels=reference(session, [*TIERS, "course"]))
    arguments = [argument for argument in session.posargs if argument != "--install"]
    pytest(session, ROOT / "tests/browser", arguments=arguments, env={"AXE": axe(session)})


def has_chromium(session: nox.Session, install: bool) -> bool:
    """Whether it is here, or could be installed: by root alone, and only where that was asked for."""
    if shutil.which("chromium") is None and install and shutil.which("apt-get") and os.geteuid() == 0:
        for command in ("update", "install -y --no-install-recommends chromium fonts-dejavu-core"):
            session.run("apt-get", "-qq", *command.split(), external=True, silent=True, success_codes=range(256))
    return shutil.which("chromium") is not None


def axe(session: nox.Session) -> str:
    """axe-core, an accessibility checker of one file; empty where npm is not, or does not bring it."""
    folder, npm = HOUSE / "axe", shutil.which("npm")
    path = folder / "node_modules/axe-core/axe.min.js"
    if npm is not None and not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        session.run(npm, "install", *options, AXE, external=True, silent=True, success_codes=range(256))
    return str(path) if path.is_file() else ""


@nox.session(venv_backend="virtualenv")
def bench(session: nox.Session) -> None:
    """Speed and memory beside the bars: nox -s bench -- --quick, or the names of cases."""
    equip(session, *group("bench"), wheels=reference(session, TIERS))
    arguments = session.posargs or ["--json", str(HOUSE / "bench.json")]
    from_elsewhere(session, str(ROOT / "tests/bench/run.py"), *arguments)


@nox.session
def paper(session: nox.Session) -> None:
    """The paper's claims beside what this implementation measures, as docs/paper.md lists them."""
    equip(session, *group("plots"), wheels=reference(session, TIERS))
    from_elsewhere(session, str(ROOT / "tests/paper/run.py"), *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, the types of the tool, the length of functions."""
    equip(session, *group("lint"), *group("test"), *dependencies(["course"]))
    session.run("ruff", "check", str(ROOT))
    session.run("mypy", "packages/course/src/tinytorch_course")
    session.run("python", "tests/lint/lengths.py")
