"""Every wrong answer must be caught, with a message that points at the mistake; every right one must pass.

    python run.py [NN] [NAME]           all, those of one module, or one file

The form of the files stands in answers.py. Module NN is built with the answer over the reference's modules
before NN, without those after it, and judged.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from answers import Answer, found
from house import build, complaints, course, verdict

from tinytorch_course.judge import Report

LEAST = 8  # wrong answers a module
LIMIT = 20.0  # seconds; an endless loop is caught by it. A busy machine needs more: --limit
AS_IT_SHOULD = {"caught", "passes"}


@dataclass(frozen=True)
class Outcome:
    answer: Answer
    verdict: str  # "passes", "refused"; "caught", "not caught", "unclear" (by a message that is not it); "broken"
    message: str


def judged(answer: Answer, limit: float = LIMIT) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        mine = Path(folder) / f"{answer.module.stem}.py"
        try:
            mine.write_text(answer.text(), "utf-8")
            built = build(answer.module.number, Path(folder) / "build", {answer.module.number: mine})
            if not answer.right:  # most are caught by the chapter's own tests, and pytest costs several times as much
                early = outcome(answer, verdict(answer.module, built, mine, limit, integration=False))
                if early.verdict == "caught":
                    return early
            return outcome(answer, verdict(answer.module, built, mine, limit))
        except Exception as problem:
            return Outcome(answer, "broken", f"{type(problem).__name__}: {problem}")


def outcome(answer: Answer, report: Report) -> Outcome:
    said = complaints(report)
    if answer.right:
        return Outcome(answer, "passes" if report.passed else "refused", said)
    clear = all(re.search(pattern, said, re.IGNORECASE | re.DOTALL) for pattern in answer.says)
    return Outcome(answer, "not caught" if report.passed else "caught" if clear else "unclear", said)


def show(outcome: Outcome, everything: bool) -> None:
    answer = outcome.answer
    print(f"{answer.module.label}  {outcome.verdict:10}  {answer.path.stem:32}  {answer.what}", flush=True)
    if everything or outcome.verdict not in AS_IT_SHOULD:
        wanted = [f"wanted: {answer.says}"] if answer.says else []
        lines = [*wanted, *outcome.message.splitlines()[:25]]
        print(*(f"        {line}" for line in lines), sep="\n", flush=True)


def too_few(outcomes: Iterable[Outcome]) -> list[str]:
    """Modules that have not enough wrong answers."""
    count = Counter(outcome.answer.module.number for outcome in outcomes if not outcome.answer.right)
    few = [module for module in course() if count[module.number] < LEAST]
    return [f"module {m.label}: {count[m.number]} wrong answers, at least {LEAST} are asked for" for m in few]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("number", nargs="?", type=int)
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--verbose", action="store_true", help="show what the learner reads, caught or not")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for each answer")
    asked = parser.parse_args()
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:  # threads are enough: the work is done by the judge's processes
        chosen = [answer for kind in ("wrong", "right") for answer in found(kind, asked.number, asked.name)]
        outcomes = list(pool.map(partial(judged, limit=asked.limit), chosen))
    for outcome in outcomes:
        show(outcome, asked.verbose)
    return close(outcomes, too_few(outcomes) if asked.number is None else [], time.perf_counter() - began)


def close(outcomes: list[Outcome], few: list[str], seconds: float) -> int:
    count = Counter((outcome.answer.right, outcome.verdict in AS_IT_SHOULD) for outcome in outcomes)
    wrong, right = ((count[side, True], count[side, True] + count[side, False]) for side in (False, True))
    print(*few, f"wrong caught: {wrong[0]} of {wrong[1]}", f"right passed: {right[0]} of {right[1]}", sep="\n")
    passed = wrong[0] + right[0]
    lost = len(outcomes) - passed + len(few)
    print(f"{passed} passed, {lost} failed in {seconds:.1f}s")
    return 0 if outcomes and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
