"""Right answers must not break what comes later: three whole builds, all checks and the milestones on each.

    python whole.py [1|2|3]

Build 1 has the first right answer of every cell, build 2 the second, build 3 the third, and the reference's where
there is none. An answer to several cells stays whole: it goes into the first build where all of them are free.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from answers import Answer, answered, found
from house import QUICK, ROOT, build, complaints, course, source, verdict

BUILDS = 3
PATIENCE = 600  # seconds for a milestone


def spread(answers: list[Answer]) -> list[list[Answer]]:
    """The answers of each build."""
    builds: list[list[Answer]] = [[] for _ in range(BUILDS)]
    for answer in answers:
        cells = {(answer.module.number, cell) for cell in answer.cells}
        free = (b for b in builds if not cells & {(a.module.number, c) for a in b for c in a.cells})
        next(free, []).append(answer)
    return builds


def files(answers: list[Answer], folder: Path) -> dict[int, Path]:
    """The module files that hold these answers, by number."""
    written = {}
    for module in {answer.module.number: answer.module for answer in answers}.values():
        cells = {cell: body for a in answers if a.module.number == module.number for cell, body in a.cells.items()}
        written[module.number] = folder / f"{module.stem}.py"
        written[module.number].write_text(answered(source(module).read_text("utf-8"), cells), "utf-8")
    return written


def check_module(built: Path, mine: dict[int, Path], module) -> tuple[str, str]:
    report = verdict(module, built, mine.get(module.number))
    return f"module {module.label}", "" if report.passed else complaints(report)


def run_milestone(built: Path, script: Path) -> tuple[str, str]:
    """Quick runs may miss their criterion, but must come to their end."""
    quick = QUICK.get(script.name[:4], [])
    settings = {**os.environ, "PYTHONPATH": str(built), "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-P", str(script), *quick],
            cwd=folder, env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    fine = done.returncode == 0 or (quick and done.returncode == 1 and "Traceback" not in done.stderr)
    return f"milestone {script.stem}", "" if fine else f"exit code {done.returncode}\n{done.stdout}{done.stderr}"


def judged(number: int, answers: list[Answer], folder: Path) -> Iterator[tuple[str, str]]:
    print(f"build {number}: {', '.join(f'{a.module.label} {a.path.stem}' for a in answers)}", flush=True)
    mine = files(answers, folder)
    built = build(max(module.number for module in course()), folder / "build", mine)
    jobs = [partial(check_module, built, mine, module) for module in course()]
    jobs += [partial(run_milestone, built, script) for script in sorted((ROOT / "milestones").glob("[0-9]*.py"))]
    with ThreadPoolExecutor(2) as pool:  # threads are enough: the work is done by other processes
        yield from pool.map(lambda job: job(), jobs)


def main() -> int:
    chosen = [int(number) for number in sys.argv[1:]] or range(1, BUILDS + 1)
    began, passed, lost = time.perf_counter(), 0, 0
    for number in chosen:
        with tempfile.TemporaryDirectory() as folder:
            for what, said in judged(number, spread(found("right"))[number - 1], Path(folder)):
                passed, lost = passed + (not said), lost + bool(said)
                print(f"build {number}  {'passes' if not said else 'FAILS '}  {what}", flush=True)
                for line in said.splitlines()[-25:]:
                    print(f"        {line}")
    print(f"{passed} passed, {lost} failed in {time.perf_counter() - began:.1f}s")
    return 0 if passed and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
