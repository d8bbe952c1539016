"""Speed and memory beside the bars: python tests/bench/run.py [--quick] [--json PATH] [CASE ...]

Each file of cases/ is one case, run in processes of its own. It measures either a pair,

    THREADS = {1: 0.8, 2: 1.0}      # with so many threads, at most this share of PyTorch's time
    def ours(): ...                 # sets up, returns step() -> loss
    def theirs(): ...               # the same with PyTorch eager

or a quantity with its limit,

    UNIT = "us"
    def measure(quick): ...         # returns (value, limit); at most the limit is good

so that a tier adds a case by adding a file. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are taken out of the
environment: the bars are meant for the kernels that a user's machine picks; the table says which these are.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parent / "cases"
COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PINS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SIDES = ("ours", "theirs")
LOSSES = 5  # the first losses of both sides are compared
Row = dict[str, Any]


# -- in the process of one side ----------------------------------------------------------------------------


def side(case: Row, name: str, threads: int, quick: bool) -> Row:
    """The first losses and the median time of a step, of `ours` or of `theirs`, which is alone in this process."""
    if name == "theirs":
        import torch

        torch.set_num_threads(threads)
    step = case[name]()
    losses = [float(step().item()) for _ in range(LOSSES)]
    steps = max(3, int(0.03 / per_step(step, 3)))
    blocks = [per_step(step, steps) for _ in range(10 if quick else 30)]
    return {"losses": losses, "ms": 1e3 * statistics.median(blocks)}


def per_step(step: Callable[[], object], steps: int) -> float:
    """Seconds a step."""
    began = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - began) / steps


def quantity(case: Row, quick: bool) -> Row:
    value, limit = case["measure"](quick)
    return {"value": value, "limit": limit, "unit": case["UNIT"], "of": case["UNIT"]}


def blas() -> str:
    """Which BLAS answers NumPy, with the kernels it picked and its threads."""
    from threadpoolctl import threadpool_info

    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    words = ("internal_api", "version", "architecture", "num_threads")
    return "; ".join(" ".join(str(info.get(word)) for word in words) for info in found)


def work(path: Path, name: str, threads: int, quick: bool, answer: Path) -> None:
    case = runpy.run_path(str(path))
    row = side(case, name, threads, quick) if "THREADS" in case else quantity(case, quick)
    answer.write_text(json.dumps({**row, "blas": blas()}), "utf-8")


# -- the launcher ------------------------------------------------------------------------------------------


def environment(threads: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in PINS}
    return {**kept, **dict.fromkeys(COUNTS, str(threads))}


def fresh(path: Path, name: str, threads: int, quick: bool) -> Row:
    """What one process answers; a crash is an answer too."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "row.json"
        command = [sys.executable, "-P", __file__, "--work", str(path), name, str(threads), str(answer)]
        done = subprocess.run([*command, *["--quick"] * quick], env=environment(threads), cwd=folder)
        return json.loads(answer.read_text("utf-8")) if answer.is_file() else {"crashed": done.returncode}


def pair(path: Path, threads: int, bar: float, quick: bool) -> Row:
    """The two sides in turn, each time in a fresh process; the ratio of the medians.

    In one process they would share its cores: idle BLAS threads of the one go on spinning in the other's turn.
    """
    turns = [(name, fresh(path, name, threads, quick)) for _ in range(2 if quick else 7) for name in SIDES]
    crashed = [row for _, row in turns if "crashed" in row]
    if crashed:
        return crashed[0]
    agree(turns[0][1]["losses"], turns[1][1]["losses"])
    mine, other = (statistics.median(row["ms"] for name, row in turns if name == s) for s in SIDES)
    facts = {"ours": mine, "PyTorch": other, "unit": "ms", "blas": turns[0][1]["blas"]}
    return {**facts, "value": mine / other, "limit": bar, "of": "ratio"}


def agree(ours: list[float], theirs: list[float]) -> None:
    """The same losses over the first steps, or the two are not doing the same work."""
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if abs(a - b) > 1e-3 * max(1.0, abs(b)):
            raise SystemExit(f"step {number}: our loss {a:.6f}, PyTorch's {b:.6f}")


def run(path: Path, threads: int, quick: bool) -> Row:
    """One case: a pair, or a quantity."""
    bars = runpy.run_path(str(path)).get("THREADS")
    row = pair(path, threads, bars[threads], quick) if bars else fresh(path, "", threads, quick)
    good = "crashed" not in row and row["value"] <= row["limit"]
    return {"case": path.stem.replace("_", " "), "threads": threads, **row, "good": good}


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def line(row: Row) -> str:
    if "crashed" in row:
        return f"{row['case']:34} {row['threads']:>7}   no answer: the process ended with {row['crashed']}"
    verdict = "ok" if row["good"] else "MISSED"
    sides = f"{number(row.get('ours')):>8} {number(row.get('PyTorch')):>8}"
    measured = f"{number(row['value']):>8} {number(row['limit']):>8} {row['of']:6}"
    return f"{row['case']:34} {row['threads']:>7} {sides} {measured} {verdict}"


def chosen(names: list[str]) -> list[tuple[Path, int]]:
    """The cases of that name, each once a number of threads."""
    paths = [path for path in sorted(CASES.glob("*.py")) if not names or path.stem in names]
    return [(path, threads) for path in paths for threads in runpy.run_path(str(path)).get("THREADS", [1])]


def launch(names: list[str], quick: bool, out: Path | None) -> int:
    heads = ("ours ms", "torch ms", "measured", "at most")
    print(f"{'case':34} {'threads':>7}", *(f"{head:>8}" for head in heads), flush=True)
    rows = []
    for path, threads in chosen(names):
        rows.append(run(path, threads, quick))
        print(line(rows[-1]), flush=True)
    print("BLAS:", *sorted({row["blas"] for row in rows if row.get("blas")}), sep="\n  ")
    if out is not None:
        out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
        print(f"as JSON: {out}")
    return 0 if rows and all(row["good"] for row in rows) else 1


def main() -> int:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("names", nargs="*", help="file names of cases, without .py")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a look")
    parser.add_argument("--json", type=Path, help="where to write the rows")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        path, name, threads, answer = asked.work
        work(Path(path), name, int(threads), asked.quick, Path(answer))
        return 0
    return launch(asked.names, asked.quick, asked.json)


if __name__ == "__main__":
    sys.exit(main())
