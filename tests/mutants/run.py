"""Every wrong answer packages/*/wrong/NN/*.py must be caught, with a message that points at the mistake.

    python run.py [NN] [NAME]           all, those of one module, or one file

A wrong answer is a file of this form; `# cell:` sections may repeat:

    \"\"\"What the mistake is, in one line.\"\"\"
    # cell: grade_id of the solution cell
    # says: a regular expression that the failing message must match
    ...the whole cell as the mistaken learner wrote it, or only the lines that differ:
    # replace:
    ...lines of the reference's cell, which must occur in it exactly once...
    # by:
    ...what the mistaken learner wrote instead...

Module NN is built with it over the reference's modules before NN, without those after it, and judged.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tinytorch_course.tangle.manifest import Module

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from cells import bodies, replace
from house import ROOT, build, complaints, course, source, verdict

LEAST = 8  # wrong answers a module
LIMIT = 20.0  # seconds; an endless loop is caught by it
SECTION = re.compile(r"(?m)^# cell: *(\S+) *\n")
SAYS = re.compile(r"(?m)^# says: *(.+?) *\n")
CHANGE = re.compile(r"(?ms)^# replace:\n(.*?)^# by:\n(.*?)(?=^# replace:\n|\Z)")


@dataclass(frozen=True)
class Wrong:
    module: Module
    path: Path
    mistake: str
    says: list[str]
    cells: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    wrong: Wrong
    verdict: str  # "caught", "not caught", "unclear" (caught by a message that does not say it), "broken"
    message: str


def read(path: Path, module: Module) -> Wrong:
    text = path.read_text("utf-8")
    head, *parts = SECTION.split(text)
    mistake = (ast.get_docstring(ast.parse(head)) or "").strip()
    cells = {name: SAYS.sub("", body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
    says = SAYS.findall(text)
    if not (mistake and says and cells) or "\n" in mistake:
        raise ValueError(f"{path}: needs a docstring of one line, `# cell:` and `# says:`")
    return Wrong(module, path, mistake, says, cells)


def found(number: int | None, name: str) -> list[Wrong]:
    modules = [module for module in course() if number in (None, module.number)]
    folders = [(module, ROOT / "packages" / module.tier / "wrong" / module.label) for module in modules]
    return [read(path, module) for module, folder in folders for path in sorted(folder.glob(f"{name}*.py"))]


def written(body: str, reference: str) -> str:
    """The mistaken cell: `body` itself, or the reference's cell with the changes that `body` lists."""
    changes = [(old.strip("\n"), new.strip("\n")) for old, new in CHANGE.findall(body)]
    for old, new in changes:
        if reference.count(old) != 1:
            raise ValueError(f"{reference.count(old)} places, not one, have these lines:\n{old}")
        reference = reference.replace(old, new)
    return reference if changes else body


def mistaken(text: str, cells: dict[str, str]) -> str:
    """The text of a module file with the mistaken cells in it."""
    own = bodies(text)
    missing = sorted(set(cells) - set(own))
    if missing:
        raise KeyError(f"no such cell: {', '.join(missing)}")
    return replace(text, {name: written(body, own[name]) for name, body in cells.items()})


def judged(wrong: Wrong) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        mine = Path(folder) / f"{wrong.module.stem}.py"
        try:
            mine.write_text(mistaken(source(wrong.module).read_text("utf-8"), wrong.cells), "utf-8")
            built = build(wrong.module.number, Path(folder) / "build", {wrong.module.number: mine})
            report = verdict(wrong.module, built, mine, LIMIT)
        except Exception as problem:
            return Outcome(wrong, "broken", f"{type(problem).__name__}: {problem}")
    said = complaints(report)
    clear = all(re.search(pattern, said, re.IGNORECASE | re.DOTALL) for pattern in wrong.says)
    return Outcome(wrong, "not caught" if report.passed else "caught" if clear else "unclear", said)


def show(outcome: Outcome, everything: bool) -> None:
    wrong = outcome.wrong
    print(f"{wrong.module.label}  {outcome.verdict:10}  {wrong.path.stem:32}  {wrong.mistake}", flush=True)
    if everything or outcome.verdict != "caught":
        lines = [f"wanted: {wrong.says}", *outcome.message.splitlines()[:25]]
        print(*(f"        {line}" for line in lines), sep="\n", flush=True)


def too_few(outcomes: list[Outcome]) -> list[str]:
    """Modules that have not enough wrong answers."""
    count = Counter(outcome.wrong.module.number for outcome in outcomes)
    few = [module for module in course() if count[module.number] < LEAST]
    return [f"module {m.label}: {count[m.number]} wrong answers, at least {LEAST} are asked for" for m in few]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("number", nargs="?", type=int)
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--verbose", action="store_true", help="show what the learner reads, caught or not")
    asked = parser.parse_args()
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:  # threads are enough: the work is done by the judge's processes
        outcomes = list(pool.map(judged, found(asked.number, asked.name)))
    for outcome in outcomes:
        show(outcome, asked.verbose)
    return close(outcomes, too_few(outcomes) if asked.number is None else [], time.perf_counter() - began)


def close(outcomes: list[Outcome], few: list[str], seconds: float) -> int:
    caught = sum(outcome.verdict == "caught" for outcome in outcomes)
    rate = 100 * caught / max(1, len(outcomes))
    print(*few, f"caught: {caught} of {len(outcomes)} ({rate:.0f} %) in {seconds:.0f} s", sep="\n")
    lost = len(outcomes) - caught + len(few)
    print(f"{caught} passed, {lost} failed")
    return 0 if outcomes and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
