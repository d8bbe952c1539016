"""Speed and memory beside the bars: python tests/bench/run.py [--quick] [--json PATH] [CASE ...]

Each file of cases/ is one case, run in a process of its own. It measures either a pair,

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
Row = dict[str, Any]


# -- in the process of one case ----------------------------------------------------------------------------


def per_step(step: Callable[[], object], steps: int) -> float:
    """Seconds a step. The first of a block is left out: it pays for the other side's caches and threads."""
    step()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - began) / steps


def agree(ours: Callable[[], Any], theirs: Callable[[], Any], steps: int = 5) -> None:
    """The same losses over the first steps, or the two are not doing the same work."""
    for number in range(steps):
        a, b = float(ours().item()), float(theirs().item())
        if abs(a - b) > 1e-3 * max(1.0, abs(b)):
            raise SystemExit(f"step {number}: our loss {a:.6f}, PyTorch's {b:.6f}")


def pair(case: Row, bar: float, threads: int, quick: bool) -> Row:
    """Blocks of steps of the two sides in turn; medians over the blocks."""
    import torch

    torch.set_num_threads(threads)
    ours, theirs = case["ours"](), case["theirs"]()
    agree(ours, theirs)
    steps = max(3, int(0.03 / per_step(theirs, 3)))
    blocks = [(per_step(ours, steps), per_step(theirs, steps)) for _ in range(12 if quick else 60)]
    mine, other = (1e3 * statistics.median(side) for side in zip(*blocks, strict=True))
    return {"ours": mine, "PyTorch": other, "unit": "ms", "value": mine / other, "limit": bar, "of": "ratio"}


def quantity(case: Row, quick: bool) -> Row:
    value, limit = case["measure"](quick)
    return {"value": value, "limit": limit, "unit": case["UNIT"], "of": case["UNIT"]}


def blas() -> str:
    """Which BLAS answers NumPy, with the kernels it picked and its threads."""
    from threadpoolctl import threadpool_info

    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    words = ("internal_api", "version", "architecture", "num_threads")
    return "; ".join(" ".join(str(info.get(word)) for word in words) for info in found)


def work(path: Path, threads: int, quick: bool, answer: Path) -> None:
    case = runpy.run_path(str(path))
    row = pair(case, case["THREADS"][threads], threads, quick) if "THREADS" in case else quantity(case, quick)
    answer.write_text(json.dumps({**row, "blas": blas()}), "utf-8")


# -- the launcher ------------------------------------------------------------------------------------------


def environment(threads: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in PINS}
    return {**kept, **dict.fromkeys(COUNTS, str(threads))}


def run(path: Path, threads: int, quick: bool) -> Row:
    """One case in a fresh process; a crash is a row too."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "row.json"
        command = [sys.executable, "-P", __file__, "--work", str(path), str(threads), str(answer)]
        done = subprocess.run([*command, *["--quick"] * quick], env=environment(threads), cwd=folder)
        row = json.loads(answer.read_text("utf-8")) if answer.is_file() else {"crashed": done.returncode}
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
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(Path(asked.work[0]), int(asked.work[1]), asked.quick, Path(asked.work[2]))
        return 0
    return launch(asked.names, asked.quick, asked.json)


if __name__ == "__main__":
    sys.exit(main())
