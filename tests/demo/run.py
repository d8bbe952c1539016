"""The main job, shown step by step: `nox -s demo`.

    python run.py FOLDER        with the Python of the instructor's environment

An instructor hands out a course, a student without a network builds its tier and submits an entry to the competition,
and the instructor verifies it and puts it on a board. The reference's answers stand in for the student's, and one of
the competition's examples for their entry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAUGHT = "optimization"  # the tier that the course's students build
ENTRY = "digits_int8_accelerated.py"  # the example that stands in for the student's
LONG = ("2018",)  # milestones that take minutes
FEWER = {"2017": ["--epochs", "9"]}  # enough to meet its criterion, in two thirds of the time


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.chdir(folder)
    told = Told()
    instructor = Programs(Path(sys.executable).parent)
    hand_out(instructor, told)
    os.chdir("ml-opt")
    student = set_up(told)
    fill_in(student, instructor, told)
    build(student, told)
    submission = submit(student, told)
    os.chdir(folder)
    verify(instructor, submission, told)


# -- the instructor ----------------------------------------------------------------------------------------


def hand_out(instructor: Programs, told: Told) -> None:
    """In this folder the course, and then in its place what the student gets: the zip, unpacked."""
    said = instructor("tt", "course", "new", "ml-opt", "--config", "3")
    told("tt course new ml-opt --config 3", *said.splitlines()[1:5])
    said = instructor("tt", "course", "handout", "--out", "../ml-opt.zip", folder="ml-opt")
    shutil.rmtree("ml-opt")
    shutil.unpack_archive("ml-opt.zip", ".")
    files = sorted(Path("ml-opt/modules").glob("*.py"))
    texts = [path.read_text("utf-8") for path in files]
    if len(files) != len(module_numbers()) or any("BEGIN SOLUTION" in text for text in texts):
        sys.exit("the hand-out holds answers, or not all modules")
    holes = sum(text.count("# YOUR CODE HERE") for text in texts)
    told(f"tt course handout: {len(files)} modules, {holes} places to fill in, no answers", *ends(said))


def verify(instructor: Programs, submission: Path, told: Told) -> None:
    """Run it again on inputs that nobody knew. A machine that does other things as well may be as busy as it likes."""
    folder = Path("board")
    folder.mkdir()
    shutil.copy(submission, folder)
    said = instructor("tt", "course", "verify", "--any-noise", str(folder / submission.name))
    told("the instructor runs it again: tt course verify", *said.splitlines())
    said = instructor("tt", "course", "leaderboard", str(folder))
    told("tt course leaderboard", *said.splitlines())


# -- the student -------------------------------------------------------------------------------------------


def set_up(told: Told) -> Programs:
    """The first line of the hand-out's README, as it stands there."""
    shell, language = (["cmd", "/c"], "bat") if os.name == "nt" else (["sh", "-c"], "sh")
    line = Path("README.md").read_text("utf-8").partition(f"```{language}\n")[2].splitlines()[0]
    run([*shell, line])
    told("the student unzips it and sets it up without a network", line)
    return Programs(Path(".venv").resolve() / ("Scripts" if os.name == "nt" else "bin"))


def fill_in(student: Programs, instructor: Programs, told: Told) -> None:
    first, *_, last = module_numbers()
    said = student("tt", "check", first, code=1)
    told(f"tt check {first} fails, as it must (exit code 1)", *ends(said))
    answers = ROOT / "packages" / TAUGHT / "modules"
    instructor("python", str(ROOT / "tests/support/cells.py"), str(answers), "modules")
    told("the modules filled in")
    said = student("tt", "check", "--through", last)
    told("tt check passes (exit code 0)", *ends(said))


def build(student: Programs, told: Told) -> None:
    student("tt", "build")
    (wheel,) = Path("dist").glob("*+student*.whl")  # of this tier alone: nothing of the others is the student's
    told("tt build made the student's wheel and installed it beside the reference's", str(wheel))
    told("tt status", *student("tt", "status").splitlines())
    for path in sorted((ROOT / "milestones").glob("[0-9]*.py")):
        if not path.name.startswith(LONG):
            said = student("python", "-P", str(path), *FEWER.get(path.name[:4], []))
            told(f"milestone {path.stem} runs on it", *ends(said))


def submit(student: Programs, told: Told) -> Path:
    Path("capstone").mkdir()
    shutil.copyfile(ROOT / "capstone/entries" / ENTRY, "capstone/entry.py")
    said = student("tt", "submit", "20", "--name", "A Student")
    (path,) = Path("submissions").glob("*.zip")
    told("tt submit 20", *said.splitlines())
    return path.resolve()


# -- telling, and running ----------------------------------------------------------------------------------


class Told:
    """Tells each step in a line or two, with the seconds that it took."""

    def __init__(self) -> None:
        self.last, self.steps = time.perf_counter(), 0

    def __call__(self, what: str, *details: str) -> None:
        now, self.steps = time.perf_counter(), self.steps + 1
        print(f"{self.steps:3}. [{now - self.last:5.1f} s] {what}")
        print(*(f"{'':15}{line}\n" for line in details if line.strip()), sep="", end="", flush=True)
        self.last = now


@dataclass(frozen=True)
class Programs:
    """Of an environment, run as without a network; each must end with the exit code that is wanted."""

    bin: Path

    def __call__(self, program: str, *arguments: str, code: int = 0, folder: str = ".") -> str:
        return run([str(self.bin / program), *arguments], code, folder)


def run(command: list[str], code: int = 0, folder: str = ".") -> str:
    settings = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**settings, "PIP_NO_INDEX": "1", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != code:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}, not with {code}:\n{done.stdout}")
    return done.stdout


def module_numbers() -> list[str]:
    """The modules of the tier that is built, as its manifest numbers them."""
    manifest = tomllib.loads((ROOT / "packages" / TAUGHT / "tier.toml").read_text("utf-8"))
    return [f"{module['number']:02d}" for module in manifest["module"]]


def ends(text: str, lines: int = 1) -> Iterable[str]:
    """The last lines of a program's output."""
    return [line for line in text.splitlines() if line.strip()][-lines:]


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
