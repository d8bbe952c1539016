"""Module 19: what the paper says of measuring, measured with real processes on this machine."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import numpy as np

from tinytorch.benchmarking import Benchmark, bootstrap_interval, compare, environment, judge, orders, verdict

Claim = tuple[str, str, str, bool | None]
ROUNDS = 15

FIRST_CALL = """
import json, time
from tinytorch.core.tensor import randn
from tinytorch.nn.layers import Linear
layer, x, times = Linear(784, 128), randn(64, 784), []
for _ in range(30):
    start = time.perf_counter()
    layer(x)
    times.append(time.perf_counter() - start)
print(json.dumps(times[0] / min(times)))
"""


def medians(count: int) -> np.ndarray:
    """One number each from so many fresh processes of the same code, in their order in time."""
    task = Benchmark("a loop", "for i in range(10_000): pass")
    return np.array([statistics.median(task.sample(blocks=10)) for _ in range(count)])


def single_comparisons(times: np.ndarray) -> float:
    """In which share of single comparisons of neighbours one side looks more than 5 % faster than the other."""
    pairs = [(a, b) for gap in (1, 2, 3) for a, b in zip(times, times[gap:], strict=False)]
    return float(np.mean([max(pair) > 1.05 * min(pair) for pair in pairs]))


def trials(times: np.ndarray, step: int) -> list[str]:
    """Verdicts on identical code: windows of 15 rounds, `step` rounds apart, whose sides are drawn by lot."""
    rounds = times.reshape(-1, 2)
    starts = range(0, len(rounds) - ROUNDS + 1, step)
    return [one_trial(rounds[start : start + ROUNDS], seed) for seed, start in enumerate(starts)]


def one_trial(rounds: np.ndarray, seed: int) -> str:
    first = np.array([order[0] for order in orders(ROUNDS, seed)])
    a, b = (rounds[np.arange(ROUNDS), first ^ side] for side in (0, 1))
    return verdict(*bootstrap_interval(a, b))


def first_call(processes: int) -> float:
    """The first call of a layer over its shortest, the median of several processes."""
    command = [sys.executable, "-P", "-c", FIRST_CALL]
    runs = (
        subprocess.run(command, env=environment(1), capture_output=True, text=True, check=True)
        for _ in range(processes)
    )
    return statistics.median(json.loads(run.stdout) for run in runs)


def variation(times: np.ndarray) -> Claim:
    spread = max(times) / min(times) - 1
    share = single_comparisons(times)
    measured = (
        f"{len(times)} processes: slowest {spread:.0%} over quickest, standard deviation "
        f"{times.std() / times.mean():.1%}; {share:.0%} of single comparisons say more than 5 %"
    )
    return ("one run says little", "varies 10-30 % across runs", measured, bool(spread > 0.1))


def identical(times: np.ndarray) -> Claim:
    said = trials(times, step=1)
    wrong = len(said) - said.count("cannot tell")
    measured = f"{wrong} of {len(said)} verdicts wrong ({wrong / len(said):.1%}), overlapping windows of 15 rounds"
    return ("verdicts on identical code", "confidence intervals", measured, wrong <= 0.02 * len(said))


def five_percent(rounds: int) -> Claim:
    whole = Benchmark("all", "for i in range(20_000): pass")
    less = Benchmark("5 % less", "for i in range(19_000): pass")
    got = compare(less, whole, rounds=rounds, blocks=10)
    few = judge(*(side.result(result.seconds[:10]) for side, result in ((less, got.a), (whole, got.b))))
    measured = (
        f"work 0.95: {got.ratio:.3f} ({got.low:.3f} to {got.high:.3f}), {got.verdict} with {rounds} rounds; "
        f"{few.verdict} with the first 10"
    )
    holds = {"faster": True, "slower": False, "cannot tell": None}[got.verdict]  # a noisy hour is no failure
    return ("a 5 % speedup against noise", "significant or noise", measured, holds)


def warming(processes: int) -> Claim:
    ratio = first_call(processes)
    measured = f"the first call of Linear(784, 128) takes {ratio:.1f} times the shortest"
    return ("warm-up", "warm-up protocols", measured, ratio > 1.5)


def claims(quick: bool) -> list[Claim]:
    times = medians(100 if quick else 428)
    return [variation(times), identical(times), five_percent(15 if quick else 40), warming(3 if quick else 9)]


if __name__ == "__main__":
    for row in claims("--quick" in sys.argv):
        print(*row, sep=" | ")
