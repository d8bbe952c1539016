# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# You changed a line, ran the program before and after, and the new one took 6 % less time. Is it
# faster? Here is a test of the method itself: run the *same* program sixteen times, each time in a
# fresh process, and pretend that any two of the runs are "before" and "after". Whatever difference
# you find is not in the code, because there is none. Write down your guess first: in how many of the
# 120 pairs does one side look more than 5 % faster than the other?

# %%
#| default_exp benchmarking
import itertools
import json
import subprocess
import sys

import numpy as np

PROGRAM = """
import json, time
import numpy as np
x, times = np.linspace(-3, 3, 100_000, dtype=np.float32), []
for _ in range(60):
    start = time.perf_counter()
    np.exp(x).sum()
    times.append(time.perf_counter() - start)
print(json.dumps(times[10:]))
"""
runs = [
    json.loads(subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True).stdout)
    for _ in range(16)
]
medians = np.median(runs, axis=1)
pairs = list(itertools.combinations(medians, 2))
lies = np.mean([max(pair) / min(pair) > 1.05 for pair in pairs])
print(f"16 runs of one program: {1e6 * min(medians):.0f} to {1e6 * max(medians):.0f} us a step")
print(f"one of two runs of the same code looks more than 5 % faster in {lies:.0%} of {len(pairs)} comparisons")
assert len(pairs) == 120

# %% [markdown]
# On one noisy machine, with a step of a framework like yours, it was 29 % of such comparisons. The
# share above is that of the machine you sit at, at this moment; run the cell again and it is another.
# What is tempting is to run for longer, and it does not help. Each run above is already the median
# of fifty steps, and the steps of one process agree well with each other. They agree on the wrong
# thing. A process gets its place in memory once, a core that is near or far from another busy
# program, a clock rate; then it keeps its luck, good or bad, for as long as it lives. On that noisy
# machine the times of identical code differed by 28 % between processes, and by 1.2 % within one
# (standard deviation over mean).
#
# So there are two kinds of noise. One averages out within a process. The other does not, and fifty
# steps or fifty thousand of one process are *one* sample of it. The word for a program that takes
# samples, and knows what they can carry, is a *benchmark*. In this chapter you build one. At the end
# it says of two pieces of code: faster, slower, or cannot tell. And you will count how often it is
# wrong when the right answer is known. From below it needs nothing but module 01; what it measures
# may come from anywhere.

# %% [markdown]
# ## Build
#
# ### Inside one process: warm up, then blocks
#
# The first calls of anything are slow: caches are cold, memory is asked for, a library starts its
# threads. They are paid once, so they are no part of what a step costs. `warm_up` calls the step until
# a given time has passed, and at least three times.
#
# Then comes the question how often to look at the clock. Reading it takes some 50 ns, and a short
# step may itself take no longer. So steps are timed in *blocks*, each long enough to make the clock's
# share small: a millisecond will do. A step that takes longer is a block by itself. The warm-up has
# measured what is needed for that: its shortest call.
#
# The clock is an argument. A test hands in one that it moves itself, and knows to the last digit
# what must come out.

# %% solution="blocks"
#| export
#| hint How many times is the clock read while n steps are timed as one block? And in a warm-up of n calls?
#| hint warm_up: one reading serves as the end of one call and the start of the next; keep the differences in a list.
#| hint while len(calls) < 3 or now - start < least: step(); later = clock(); calls.append(later - now); now = later.
import ast
import inspect
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

Step = Callable[[], object]
Clock = Callable[[], float]  # seconds since some moment


def warm_up(step: Step, least: float = 0.02, clock: Clock = time.perf_counter) -> float:
    """Call `step` until `least` seconds have passed, and at least three times; the seconds of the shortest call.

    >>> warm_up(lambda: sum(range(1000))) < 0.02
    True
    """
    start = now = clock()
    calls: list[float] = []
    ### BEGIN SOLUTION
    while len(calls) < 3 or now - start < least:
        step()
        later = clock()
        calls.append(later - now)
        now = later
    return min(calls)
    ### END SOLUTION


def steps_per_block(shortest: float, least: float = 0.001) -> int:
    """How many steps of `shortest` seconds make a block of at least `least` seconds: one or more.

    >>> steps_per_block(0.0004), steps_per_block(0.5)
    (3, 1)
    """
    shortest = max(shortest, 1e-8)  # a coarse clock may say 0
    ### BEGIN SOLUTION
    return max(1, math.ceil(least / shortest))
    ### END SOLUTION


def time_blocks(step: Step, blocks: int, steps: int, clock: Clock = time.perf_counter) -> list[float]:
    """Time `blocks` blocks of `steps` calls each: the seconds of one step, for each block.

    >>> len(time_blocks(lambda: sum(range(1000)), blocks=4, steps=10))
    4
    """
    times: list[float] = []
    ### BEGIN SOLUTION
    for _ in range(blocks):
        start = clock()
        for _ in range(steps):
            step()
        times.append((clock() - start) / steps)
    return times
    ### END SOLUTION


# %% test="blocks" points=14
from tinytorch.testing import check, check_raises, check_true


class Watch:
    """A clock of the test: a call of `step` moves it by the next of `durations`, and the last of them again and again.

    Reading it costs something, too: a hundredth of a second.
    """

    def __init__(self, *durations):
        self.durations, self.now, self.calls, self.read = list(durations), 100.0, 0, 0

    def step(self):
        self.calls += 1
        self.now += self.durations.pop(0) if len(self.durations) > 1 else self.durations[0]

    def clock(self):
        self.read += 1
        self.now += 0.01
        return self.now


def test_warm_up():
    watch = Watch(5.0, 3.0, 1.0)
    shortest = warm_up(watch.step, least=20.0, clock=watch.clock)
    check("warm_up of calls of 5, 3, 1, 1, ... seconds, least=20: the shortest call", shortest, 1.01)
    check("the number of calls", watch.calls, 14)
    watch = Watch(9.0)
    warm_up(watch.step, least=0.5, clock=watch.clock)
    check("the calls of a step of 9 seconds, least=0.5: at least three", watch.calls, 3)


def test_steps_per_block():
    for shortest, want in [(0.0004, 3), (0.00025, 4), (0.001, 1), (7.0, 1), (0.0, 100_000)]:
        check(f"steps_per_block({shortest})", steps_per_block(shortest), want)
    check("steps_per_block(0.4, least=2)", steps_per_block(0.4, least=2.0), 5)


def test_time_blocks():
    watch = Watch(1.0, 1.0, 2.0, 2.0, 3.0)
    times = time_blocks(watch.step, blocks=3, steps=2, clock=watch.clock)
    check("time_blocks(blocks=3, steps=2) of calls of 1, 1, 2, 2, 3, 3 seconds", times, [1.005, 2.005, 3.005])
    check("the number of calls", watch.calls, 6)
    check_true("the clock is read twice a block", watch.read <= 6, f"{watch.read} times: its cost is in every step")


test_warm_up()
test_steps_per_block()
test_time_blocks()

# %% [markdown]
# ### The process as the unit
#
# One sample is one process: it starts, warms up, times its blocks, answers and ends. Whatever luck
# it had ends with it.
#
# A fresh process knows nothing of your variables, so a task is *text*: `setup`, which runs once, and
# `step`, which is timed. The text goes in through standard input as JSON, the times come out through
# standard output as JSON. JSON can hold numbers and texts and nothing else. Python's own way to send
# objects between processes, pickle, can hold code that runs when it is read; whoever reads a pickle
# trusts its writer with everything.
#
# `serve` is what runs over there, together with your functions from above, whose text `program`
# collects. It keeps standard output for the answer; what a task prints goes elsewhere. `environment`
# passes on where modules are found, and sets the number of threads: a count that nobody wrote down is
# the most frequent reason why two people measure different things.
#
# Your part is the other end: start it, hand the task in, look how it ended, read the answer. A
# process that failed must not look like a quick one.

# %% solution="process"
#| export
#| hint What are the three things that a process leaves behind when it has ended?
#| hint subprocess.run takes the text for standard input as `input`; text=True and capture_output=True give str back.
#| hint done = subprocess.run([sys.executable, "-P", "-c", program()], input=json.dumps(task), timeout=limit, ...)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def serve() -> None:
    """What the fresh process does: read a task, set up, warm up, time the blocks, answer."""
    task = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the task prints is not the answer
    names: dict[str, Step] = {}
    exec(compile(task["setup"], "<setup>", "exec"), names)
    exec(compile(task["function"], "<step>", "exec"), names)
    steps = steps_per_block(warm_up(names["step"]))
    json.dump(time_blocks(names["step"], task["blocks"], steps), answer)
    answer.close()


def program() -> str:
    """The text of what runs in the fresh process."""
    parts = (inspect.getsource(part) for part in (warm_up, steps_per_block, time_blocks, serve))
    head = "from __future__ import annotations\nimport json, math, os, sys, time\n"
    return "\n\n".join([head, *parts, "serve()\n"])


def environment(threads: int) -> dict[str, str]:
    """This process's settings, with so many threads and the same places to import from."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, **dict.fromkeys(THREADS, str(threads)), "PYTHONPATH": paths}


def fresh_process(task: dict[str, str | int], threads: int = 1, limit: float = 60.0) -> list[float]:
    """Time a task in a process of its own: the seconds of a step, for each block.

    task: {"setup": text, "function": text that defines step(), "blocks": how many}. Raises RuntimeError with what
    the process wrote to standard error if it failed, subprocess.TimeoutExpired after `limit` seconds.

    >>> len(fresh_process({"setup": "x = 2", "function": "def step(): x * x", "blocks": 3}))
    3
    """
    ### BEGIN SOLUTION
    command = [sys.executable, "-P", "-c", program()]
    settings = environment(threads)
    done = subprocess.run(command, input=json.dumps(task), env=settings, timeout=limit, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the process failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)
    ### END SOLUTION


# %% test="process" points=16
import tempfile
from pathlib import Path


def task(setup, step, blocks=2):
    return {"setup": setup, "function": f"def step():\n    {step}\n", "blocks": blocks}


def test_a_process_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder, "note")
        setup = f"import os\nfile = open({str(note)!r}, 'a')\nfile.write(f'{{os.getpid()}} ')\nfile.close()"
        times = [fresh_process(task(setup, "sum(range(100))", blocks=4)) for _ in range(2)]
        seen = [int(number) for number in note.read_text().split()]
    check("the number of times in each answer, blocks=4", [len(each) for each in times], [4, 4])
    check_true("the times are positive numbers", all(t > 0 for each in times for t in each), str(times))
    check("setup is run once for each sample", len(seen), 2)
    check_true("two samples come from two processes, neither of them this one", len({*seen, os.getpid()}) == 3)


def test_what_a_task_prints_is_no_answer():
    call = "fresh_process of a task that prints: len(answer)"
    check(call, lambda: len(fresh_process(task("print('[0.0]')", "sum(range(100))"))), 2)


def test_the_threads_are_set():
    setup = "import os\nassert os.environ['OPENBLAS_NUM_THREADS'] == '3'"
    check("fresh_process(..., threads=3)", lambda: len(fresh_process(task(setup, "1 + 1"), threads=3)), 2)


def test_a_failed_process_is_an_error():
    call = lambda: fresh_process(task("", "unknown + 1"))  # noqa: E731
    check_raises("fresh_process of a step that raises NameError", call, RuntimeError, "NameError", "unknown")
    call = lambda: fresh_process(task("import time", "time.sleep(0.6)"), limit=0.5)  # noqa: E731
    check_raises("fresh_process of steps of 0.6 seconds, limit=0.5", call, subprocess.TimeoutExpired)


test_a_process_of_its_own()
test_what_a_task_prints_is_no_answer()
test_the_threads_are_set()
test_a_failed_process_is_an_error()

# %% [markdown]
# ### Taking turns
#
# All samples of a, then all samples of b: and in the meantime somebody started a video call. The
# machine's speed *drifts*, over minutes, by more than the differences that you look for. If a and b
# take turns, what drifts hits both alike. A *round* is one sample of each.
#
# Always a first, then b, is still not fair: b always runs on a machine that a has just warmed. So
# the order within a round changes. Strict alternation can fall in step with something else that
# alternates; so draw lots, but so that each side comes first equally often.

# %% solution="rounds"
#| export
#| hint With five rounds, how often does each side come first?
#| hint Make a list with rounds // 2 of the one order and the rest of the other, then put it in a random order.
#| hint generator.permutation(rounds) is a random order of 0 ... rounds - 1; which of these numbers are even?


def orders(rounds: int, seed: int = 0) -> list[tuple[int, int]]:
    """For each round who comes first: (0, 1) or (1, 0), both equally often (or nearly), drawn by lot.

    >>> sorted(orders(4))
    [(0, 1), (0, 1), (1, 0), (1, 0)]
    """
    generator = np.random.default_rng(seed)
    ### BEGIN SOLUTION
    return [(0, 1) if number % 2 else (1, 0) for number in generator.permutation(rounds).tolist()]
    ### END SOLUTION


# %% test="rounds" points=8
import itertools


def test_orders():
    for rounds in (4, 7, 30):
        got = orders(rounds, seed=rounds)
        check(f"len(orders({rounds}))", len(got), rounds)
        check_true(f"orders({rounds}) holds (0, 1) and (1, 0) only", set(got) == {(0, 1), (1, 0)}, str(got[:4]))
        first = sum(order == (0, 1) for order in got)
        check_true(f"in orders({rounds}) each side comes first equally often", abs(2 * first - rounds) <= 1, f"{first}")


def test_orders_are_drawn():
    check("orders(30, seed=1), twice", orders(30, seed=1), orders(30, seed=1))
    drawn = {tuple(orders(30, seed=seed)) for seed in range(5)}
    check_true("five seeds give five different orders of 30 rounds", len(drawn) == 5, f"{len(drawn)} different ones")
    turns = [a != b for a, b in itertools.pairwise(orders(30))]
    check_true("the sides do not just alternate", not all(turns) and sum(turns) > 5, str(orders(30)[:6]))


test_orders()
test_orders_are_drawn()

# %% [markdown]
# ### One number, and how far to trust it
#
# Each process gives one number, the median of its blocks. Fifteen processes of a and fifteen of b
# give two lists, and the answer is the ratio of their medians. Why medians? One process that was
# interrupted may take ten times as long; it moves a mean by as much as it likes, and a median by one
# place at most.
#
# Now the question that the chapter is about: with fifteen *other* processes, what would the ratio
# have been? Those we do not have. The *bootstrap* makes do with the fifteen: draw fifteen rounds from
# them, with replacement, so that some come twice and some not at all, and take the ratio again. Do
# it two thousand times. How much the ratios spread is about how much the ratio would spread over new
# measurements. The middle 99.5 % of them are the *confidence interval*: from the quantile 0.0025 to
# the quantile 0.9975.
#
# Whole rounds are drawn. The two samples of a round stood under the same weather; whoever draws from
# a and from b apart separates them, and the drift is back.
#
# No loop is needed: an array of 2,000 x 15 row numbers, and two medians along its second dimension.

# %% solution="bootstrap"
#| export
#| hint What has to be drawn so that a and b of one round stay together?
#| hint rows = generator.integers(n, size=(resamples, n)); a[rows] has a resample in each row; medians along axis 1.
#| hint np.quantile(ratios, [tail, 1 - tail]), where the two tails together are what the confidence leaves over.
CONFIDENCE = 0.995
Times = Sequence[float] | np.ndarray


def paired(a: Times, b: Times) -> tuple[np.ndarray, np.ndarray]:
    """Two lists of times as arrays; ValueError if they are empty, differ in length, or hold other than times."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise ValueError(f"a and b need one time for each round, not shapes {x.shape} and {y.shape}")
    if not (np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)).all():
        raise ValueError("a time is a positive, finite number of seconds")
    return x, y


def ratio_of_medians(a: Times, b: Times) -> float:
    """The median of a over the median of b: below 1 where a takes less time.

    >>> ratio_of_medians([1.0, 2.0, 90.0], [4.0, 4.0, 5.0])
    0.5
    """
    a, b = paired(a, b)
    ### BEGIN SOLUTION
    return float(np.median(a) / np.median(b))
    ### END SOLUTION


def bootstrap_interval(
    a: Times, b: Times, confidence: float = CONFIDENCE, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """The interval in which the ratio of medians lies, by drawing whole rounds with replacement.

    >>> bootstrap_interval([2.0, 6.0, 4.0], [1.0, 3.0, 2.0])
    (2.0, 2.0)
    """
    a, b = paired(a, b)
    generator = np.random.default_rng(seed)
    ### BEGIN SOLUTION
    rows = generator.integers(len(a), size=(resamples, len(a)))
    ratios = np.median(a[rows], axis=1) / np.median(b[rows], axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(ratios, [tail, 1 - tail])
    return float(low), float(high)
    ### END SOLUTION


# %% test="bootstrap" points=20
def times(seed, rounds=15, spread=0.1):
    return np.exp(spread * np.random.default_rng(seed).standard_normal((2, rounds)))


def test_ratio_of_medians():
    check("ratio_of_medians([1, 2, 90], [4, 4, 5])", ratio_of_medians([1, 2, 90], [4, 4, 5]), 0.5)
    check("ratio_of_medians([4, 4, 5, 5], [1, 2, 3, 100])", ratio_of_medians([4, 4, 5, 5], [1, 2, 3, 100]), 1.8)


def test_rounds_stay_together():
    b = np.linspace(1, 4, 15)
    got = bootstrap_interval(0.5 * b, b)
    check("bootstrap_interval(b / 2, b): rounds stay together, so that nothing spreads", got, (0.5, 0.5))


def test_the_interval():
    a, b = times(seed=1)
    ratio, (low, high) = ratio_of_medians(a, b), bootstrap_interval(a, b)
    check_true("the ratio lies within its interval", low < ratio < high, f"{ratio} and {low} to {high}")
    check("the interval with the same seed", bootstrap_interval(a, b, seed=3), bootstrap_interval(a, b, seed=3))
    other = bootstrap_interval(*times(5), seed=1) != bootstrap_interval(*times(5), seed=2)
    check_true("another seed draws other rounds", other)
    turned = bootstrap_interval(b, a)
    check("the interval of b over a is that of a over b, turned round", turned, (1 / high, 1 / low), tolerance=0.02)
    narrow = bootstrap_interval(a, b, confidence=0.5)
    check_true("50 % confidence gives a narrower interval than 99.5 %", low < narrow[0] < narrow[1] < high, str(narrow))


def covered(confidence, trials=150):
    """In which share of trials the true ratio, 1, is in the interval."""
    inside = [bootstrap_interval(*times(seed), confidence, 300) for seed in range(trials)]
    return np.mean([low <= 1 <= high for low, high in inside])


def test_the_interval_keeps_its_word():
    for confidence, least, most in [(0.995, 0.97, 1.0), (0.6, 0.5, 0.75)]:
        share = covered(confidence)
        call = f"bootstrap_interval with confidence {confidence} holds the true ratio in such a share of 150 trials"
        check_true(call, least <= share <= most, f"the share is {share:.3f}")


test_ratio_of_medians()
test_rounds_stay_together()
test_the_interval_keeps_its_word()
test_the_interval()

# %% [markdown]
# ### A verdict
#
# If the whole interval lies below 1, a is faster. If it lies above, slower. If it holds 1, the
# honest answer is *cannot tell*. That is not "equal": it says that these measurements fit no
# difference as well as they fit some difference, and the interval says up to how much.
#
# There is a second kind of honesty. With enough rounds an interval may lie below 1 as a whole and
# end at 0.9991. Such differences are real and worthless: the next version of a library moves more.
# So the interval must stay clear of 1 by a margin of 1 %. It is a factor, so that turning a and b
# round turns the verdict: below 1 / 1.01, or above 1.01.

# %% solution="verdict"
#| export
#| hint Which end of the interval has to be on which side of 1 for "faster"? And is the other end needed?
#| hint The ratio is a's time over b's: small is fast.
#| hint if high < 1 / (1 + margin): "faster"; if low > 1 + margin: "slower"; otherwise "cannot tell".
MARGIN = 0.01


def verdict(low: float, high: float, margin: float = MARGIN) -> str:
    """What an interval of the ratio a / b says of a: "faster", "slower" or "cannot tell".

    >>> verdict(0.80, 0.95), verdict(0.80, 1.10), verdict(1.30, 1.40)
    ('faster', 'cannot tell', 'slower')
    """
    ### BEGIN SOLUTION
    if high < 1 / (1 + margin):
        return "faster"
    if low > 1 + margin:
        return "slower"
    return "cannot tell"
    ### END SOLUTION


# %% test="verdict" points=8
def test_verdict():
    for low, high, want in [(0.5, 0.9, "faster"), (1.1, 1.2, "slower"), (0.9, 1.2, "cannot tell")]:
        check(f"verdict({low}, {high})", verdict(low, high), want)
        turned = {"faster": "slower", "slower": "faster"}.get(want, want)
        check(f"verdict(1 / {high}, 1 / {low}), a and b turned round", verdict(1 / high, 1 / low), turned)
    check("verdict(0.90, 0.9999), within the margin", verdict(0.90, 0.9999), "cannot tell")
    check("verdict(1.004, 1.3), within the margin", verdict(1.004, 1.3), "cannot tell")
    check("verdict(0.90, 0.9999, margin=0)", verdict(0.90, 0.9999, margin=0.0), "faster")
    for factor, want in [(1.095, "cannot tell"), (1.105, "faster")]:
        check(f"verdict(0.5, 1 / {factor}, margin=0.1)", verdict(0.5, 1 / factor, margin=0.1), want)


test_verdict()

# %% [markdown]
# ### What to say about one program
#
# Not every question is a comparison. Whoever serves a model asks for three numbers:
#
# - **p50**, the median latency: half of the requests are answered within it.
# - **p99**: 99 of 100 are. The slowest hundredth decides what users remember.
# - **throughput**: items a second over the whole time, the slow blocks included. So it is one over
#   the *mean*, times the items that a step works on.
#
# Percentiles are taken over all blocks of all processes, and they are values that were measured: of
# n sorted values, p99 is the first that has at least 99 % of them up to and including itself. If a
# block held several steps, its latency is their mean, and p99 of blocks is milder than p99 of steps.
#
# A figure without its machine is worth nothing a week later. `machine_facts` goes into every result,
# and results go into files as JSON. `from_json` is for files of others, so it looks at every key, every
# item and every time.

# %% solution="result"
#| export
#| hint At which place (counted from 1) of 200 sorted values does the first one stand that has 99 % up to itself?
#| hint math.ceil(percent * n / 100), and places of a list count from 0. A median for each list is one for each process.
#| hint sorted(values)[math.ceil(...) - 1]; throughput is items / (sum of all values / how many there are).
Facts = dict[str, str | int]


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        with open("/proc/cpuinfo") as file:
            named = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        return (named or [platform.processor() or platform.machine()])[0]
    except OSError:
        return platform.processor() or platform.machine()


def machine_facts(threads: int = 1) -> Facts:
    """What a figure depends on besides the code: processor, cores, threads, system, Python and NumPy.

    >>> sorted(machine_facts())
    ['cores', 'numpy', 'processor', 'python', 'system', 'threads']
    """
    mine = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    versions: Facts = {"python": platform.python_version(), "numpy": np.__version__}
    return {"processor": processor(), "cores": len(mine), "threads": threads, "system": platform.system(), **versions}


def check_count(n: object, what: str) -> None:
    """ValueError unless n is a whole number, 1 or more."""
    if type(n) is not int or n < 1:
        raise ValueError(f"{what} must be a whole number, 1 or more, not {n!r}")


def checked_seconds(seconds: object) -> list[list[float]]:
    """Times as a list for each process; ValueError unless all are positive, finite numbers."""
    if not (isinstance(seconds, list) and seconds and all(isinstance(each, list) and each for each in seconds)):
        raise ValueError("seconds must be a list with a list of times for each process")
    for value in (value for each in seconds for value in each):
        if type(value) not in (int, float) or not 0 < value <= sys.float_info.max:
            raise ValueError(f"a time is a positive, finite number of seconds, not {value!r}")
    return [[float(value) for value in each] for each in seconds]


@dataclass(frozen=True)
class BenchmarkResult:
    """What was measured: `seconds` of a step, a list of blocks for each process; `items` that a step works on.

    >>> result = BenchmarkResult("sum", [[0.5, 0.5, 2.0], [0.5, 0.25, 0.25]], items=8, machine=machine_facts())
    >>> result.medians, result.p50, result.p99, result.throughput
    ([0.5, 0.25], 0.5, 2.0, 12.0)
    >>> BenchmarkResult.from_json(result.to_json()) == result
    True
    """

    name: str
    seconds: list[list[float]]
    items: int
    machine: Facts

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and isinstance(self.machine, dict)):
            raise ValueError("a result needs a name (text) and machine (a dict of facts)")
        for fact, value in self.machine.items():
            if not isinstance(value, str):
                check_count(value, f"the machine's {fact}, if it is no text,")
        check_count(self.items, "items")
        object.__setattr__(self, "seconds", checked_seconds(self.seconds))

    @property
    def medians(self) -> list[float]:
        """One number for each process: the median of its blocks."""
        ### BEGIN SOLUTION
        return [float(np.median(blocks)) for blocks in self.seconds]
        ### END SOLUTION

    def latency(self, percent: float) -> float:
        """The first of all sorted block times that has `percent` of them up to and including itself, in seconds.

        ValueError unless percent is in 0 ... 100.
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"percent must be in 0 ... 100, not {percent}")
        values = sorted(value for blocks in self.seconds for value in blocks)
        ### BEGIN SOLUTION
        return values[max(0, math.ceil(percent * len(values) / 100) - 1)]
        ### END SOLUTION

    @property
    def p50(self) -> float:
        return self.latency(50)

    @property
    def p99(self) -> float:
        return self.latency(99)

    @property
    def throughput(self) -> float:
        """Items a second, over the time of all blocks."""
        values = [value for blocks in self.seconds for value in blocks]
        ### BEGIN SOLUTION
        return self.items * len(values) / sum(values)
        ### END SOLUTION

    def to_json(self) -> str:
        """The result as text, for a file."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "BenchmarkResult":
        """The result that `to_json` wrote; ValueError for anything else."""
        try:
            values, wanted = json.loads(text), {field.name for field in fields(cls)}
        except RecursionError:
            raise ValueError("this JSON has more levels than a result") from None
        if not isinstance(values, dict) or set(values) != wanted:
            raise ValueError(f"a result in JSON has the keys {sorted(wanted)} and no others")
        return cls(**values)

    def __str__(self) -> str:
        latency = f"p50 {1e6 * self.p50:10,.1f} us   p99 {1e6 * self.p99:10,.1f} us"
        return f"{self.name:24} {latency}   {self.throughput:12,.0f} a second"


# %% test="result" points=14
def result(*seconds, items=1):
    return BenchmarkResult("sum", [list(each) for each in seconds], items, machine_facts())


def test_medians():
    got = result([3.0, 1.0, 50.0], [2.0, 2.0, 4.0, 4.0]).medians
    check("medians of blocks [3, 1, 50] and [2, 2, 4, 4]: one for each process", got, [3.0, 3.0])


def test_percentiles():
    hundred = [float(value) for value in range(100, 0, -1)]
    check("p50 of 1, 2, ..., 100", result(hundred).p50, 50.0)
    check("p99 of 1, 2, ..., 100", result(hundred).p99, 99.0)
    check("p99 of the same hundred in two processes", result(hundred[:60], hundred[60:]).p99, 99.0)
    check("p99 of three values: the largest, since two are too few", result([5.0, 7.0, 6.0]).p99, 7.0)
    check("latency(100) and latency(1) of 1, ..., 100", [result(hundred).latency(p) for p in (100, 1)], [100.0, 1.0])


def test_throughput():
    call = "throughput of blocks of 1, 1, 1 and 5 seconds, 16 items a step: over all the time"
    check(call, result([1.0, 1.0], [1.0, 5.0], items=16).throughput, 8.0)


def test_json():
    one = result([0.1, 1 / 3], [1e-7, 2.0], items=3)
    check("from_json(to_json())", BenchmarkResult.from_json(one.to_json()) == one, True)


test_medians()
test_percentiles()
test_throughput()
test_json()

# %% [markdown]
# ### Putting it together
#
# A `Benchmark` is a task with a name: `sample` is one fresh process, `run` several. `compare` takes
# samples of two benchmarks in turn and judges them. The sides are indices, 0 for a and 1 for b, so
# that `orders` can say who comes next.

# %% solution="compare"
#| export
#| hint Which loop is the outer one: over the rounds or over the two sides?
#| hint for order in orders(...): for side in order: put one sample of that side into that side's list.
#| hint The interval is of one number for each process: bootstrap_interval(a.medians, b.medians); then the verdict.
FEWEST = 10  # rounds: with fewer the ends of the interval are too often too near


def check_rounds(rounds: int) -> None:
    """ValueError for fewer rounds than a verdict needs."""
    if rounds < FEWEST:
        raise ValueError(f"{rounds} rounds cannot carry a verdict, at least {FEWEST} can")


@dataclass(frozen=True)
class Benchmark:
    """A task as text: `setup` runs once in each process, `step` is timed; `items` is how many a step works on.

    >>> task = Benchmark("sum", step="sum(numbers)", setup="numbers = range(1000)", items=1000)
    >>> len(task.sample(blocks=5)), len(task.run(processes=2).medians)
    (5, 2)
    """

    name: str
    step: str
    setup: str = ""
    items: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if not all(isinstance(text, str) for text in (self.name, self.step, self.setup)):
            raise TypeError("a fresh process knows none of your objects: name, step and setup are text")
        if not self.step.strip():
            raise ValueError(f"the benchmark {self.name!r} has no step")
        check_count(self.items, "items")
        check_count(self.threads, "threads")
        compile(self.setup, f"<setup of {self.name}>", "exec")
        compile(self.function, f"<step of {self.name}>", "exec")

    @property
    def function(self) -> str:
        """The step as the text of a function, whose names are found faster than those of a module."""
        first = next(line for line in self.step.splitlines() if line.strip())
        given = "if True:\n" + self.step if first[0].isspace() else self.step
        made = ast.parse("def step(): pass")
        # Indenting the lines would change a text of several lines.
        made.body[0].body = ast.parse(given, f"<step of {self.name}>").body
        return ast.unparse(made)

    def sample(self, blocks: int = 20, limit: float = 60.0) -> list[float]:
        """The seconds of a step for each block, from one fresh process. RuntimeError if it fails or takes too long."""
        check_count(blocks, "blocks")
        try:
            task: dict[str, str | int] = {"setup": self.setup, "function": self.function, "blocks": blocks}
            return fresh_process(task, self.threads, limit)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the benchmark {self.name!r} gave no answer within {limit:g} seconds") from None
        except json.JSONDecodeError:
            raise RuntimeError(f"the benchmark {self.name!r} ended its process before the answer") from None

    def result(self, samples: list[list[float]]) -> BenchmarkResult:
        """Samples with the name and the machine's facts."""
        return BenchmarkResult(self.name, samples, self.items, machine_facts(self.threads))

    def run(self, processes: int = 10, blocks: int = 20) -> BenchmarkResult:
        """Several samples, each from a process of its own."""
        return self.result([self.sample(blocks) for _ in range(processes)])


@dataclass(frozen=True)
class Comparison:
    """Two results, the ratio of a's time to b's, its interval, and what it says of a; `judge` makes it.

    >>> task = BenchmarkResult("task", [[0.5]], 1, {})
    >>> Comparison(task, task, ratio=1.0, low=0.98, high=1.03, verdict="cannot tell").high
    1.03
    """

    a: BenchmarkResult
    b: BenchmarkResult
    ratio: float
    low: float
    high: float
    verdict: str

    def __str__(self) -> str:
        said = f"{self.a.name} / {self.b.name}: {self.ratio:.3f} ({self.low:.3f} to {self.high:.3f})"
        return f"{self.a}\n{self.b}\n{said}: {self.verdict}"


def judge(a: BenchmarkResult, b: BenchmarkResult) -> Comparison:
    """The verdict over two results whose processes took turns, the i-th of a with the i-th of b.

    Raises ValueError for fewer than 10 rounds, and if a and b differ in how many they have.

    >>> a, b = (BenchmarkResult(name, [[seconds]] * 10, 1, {}) for name, seconds in [("a", 0.3), ("b", 0.5)])
    >>> judge(a, b).verdict, judge(b, a).verdict
    ('faster', 'slower')
    """
    check_rounds(min(len(a.seconds), len(b.seconds)))
    ### BEGIN SOLUTION
    low, high = bootstrap_interval(a.medians, b.medians)
    return Comparison(a, b, ratio_of_medians(a.medians, b.medians), low, high, verdict(low, high))
    ### END SOLUTION


def compare(a: Benchmark, b: Benchmark, rounds: int = 15, blocks: int = 20, seed: int = 0) -> Comparison:
    """Is a faster than b? Both in turn, `rounds` fresh processes each, in an order drawn by lot.

    Raises ValueError for fewer than 10 rounds.

    >>> quick, slow = Benchmark("ten", "sum(range(10))"), Benchmark("a thousand", "sum(range(1000))")
    >>> compare(quick, slow, rounds=10, blocks=2).verdict
    'faster'
    """
    check_rounds(rounds)
    sides: tuple[Benchmark, Benchmark] = (a, b)
    samples: tuple[list[list[float]], list[list[float]]] = ([], [])
    ### BEGIN SOLUTION
    for order in orders(rounds, seed):
        for side in order:
            samples[side].append(sides[side].sample(blocks))
    ### END SOLUTION
    return judge(a.result(samples[0]), b.result(samples[1]))


# %% test="compare" points=10
class Machine:
    """A simulated machine that gets slower with every process, whoever's it is."""

    def __init__(self, drift):
        self.drift, self.log = drift, []

    def side(self, name, seconds):
        return Side(self, name, seconds)


class Side:
    """Stands in for a Benchmark: its samples take no time. One block in three is ten times too slow."""

    def __init__(self, machine, name, seconds):
        self.machine, self.name, self.seconds = machine, name, seconds

    def sample(self, blocks=20, limit=60.0):
        speed = 1 + self.machine.drift * len(self.machine.log)
        self.machine.log.append(self.name)
        return [self.seconds * speed * (10 if i % 3 == 2 else 1 + i / 1000) for i in range(blocks)]

    def result(self, samples):
        return BenchmarkResult(self.name, samples, 1, {})


def test_the_sides_take_turns():
    machine = Machine(drift=0.0)
    compare(machine.side("a", 1.0), machine.side("b", 1.0), rounds=12, blocks=3, seed=4)
    turns = [tuple("ab".index(name) for name in machine.log[i : i + 2]) for i in range(0, 24, 2)]
    check("who took samples in compare(rounds=12, seed=4), as orders(12, 4) says", turns, orders(12, 4))


def test_drift_is_no_difference():
    machine = Machine(drift=0.1)
    got = compare(machine.side("a", 1.0), machine.side("b", 1.0))
    check("the same code on a machine that gets 10 % slower with every process", got.verdict, "cannot tell")


def test_a_difference_is_found():
    machine = Machine(drift=0.01)
    a, b = machine.side("a", 0.8), machine.side("b", 1.0)
    got = compare(a, b)
    check("a takes 0.8 of b's time, one block in three is slow: the ratio", got.ratio, 0.8, tolerance=0.02)
    check("compare(a, b)", got.verdict, "faster")
    check("compare(b, a)", compare(b, a).verdict, "slower")


def test_few_rounds_are_refused():
    machine = Machine(drift=0.0)
    call = lambda: compare(machine.side("a", 1.0), machine.side("b", 1.0), rounds=3)  # noqa: E731
    check_raises("compare(a, b, rounds=3)", call, ValueError, 3, 10)


test_the_sides_take_turns()
test_drift_is_no_difference()
test_a_difference_is_found()
test_few_rounds_are_refused()

# %% [markdown]
# ## Use
#
# Two ways to the same bend, both in your framework since module 02: GELU with the exact formula, and
# GELU by way of a tanh. Which one is faster, and by how much? And what does the benchmark say if
# both sides are the same text? Two predictions, then run. It takes a while: forty processes.

# %%
SETUP = """
from tinytorch.core.tensor import manual_seed, randn
from tinytorch.nn.activations import GELU
manual_seed(0)
exact, by_tanh, x = GELU(), GELU(approximate="tanh"), randn(64, 512)
"""
exact = Benchmark("GELU, exact", "exact(x)", SETUP, items=64)
by_tanh = Benchmark("GELU, by tanh", "by_tanh(x)", SETUP, items=64)
again = Benchmark("GELU, exact, again", exact.step, SETUP, items=64)
for side in (by_tanh, again):
    answer = compare(side, exact, rounds=10)
    print(answer, end="\n\n")
    assert answer.low <= answer.ratio <= answer.high

# %% [markdown]
# The intervals say more than the verdicts. If the second one reaches from 0.96 to 1.05, then on this
# machine, today, nobody can tell a difference of 3 % with ten rounds.
#
# The other numbers are for serving. A small network for digits answers one request at a time, or
# eight or sixty-four in one batch. Predict for each: the latency of an answer, and answers a second.

# %%
NETWORK = """
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import manual_seed, randn
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
manual_seed(0)
model, x = Sequential(Linear(784, 128), ReLU(), Linear(128, 10)), randn({size}, 784)
no_grad().__enter__()
"""
served = {}
for size in (1, 8, 64):
    task_of_size = Benchmark(f"batches of {size}", "model(x)", NETWORK.format(size=size), items=size)
    served[size] = task_of_size.run(processes=3)
    print(served[size])
print("measured on", served[1].machine)
assert served[64].throughput > served[1].throughput
assert all(each.p50 <= each.p99 for each in served.values())

# %% [markdown]
# A batch of 64 takes longer than a batch of 1, but not 64 times as long: much of a small step is
# Python. Throughput goes up, and latency with it. Which of the two counts is not a question of
# measuring: somebody waits for an answer, or somebody pays for the machine.
#
# ## Measure
#
# **How often is it wrong?** On a real machine the right answer is not known, on a simulated one it
# is. Four kinds of noise: *offsets*, luck that a process keeps; *drift*, a machine whose times
# grow by half while it is measured; *heavy tails*, rare and huge delays; *two speeds*, where a process is
# 30 % slower with a chance of one half. Four methods judge identical code, 200 times each:
#
# - one process each, "faster" if more than 5 % apart;
# - fifteen processes of a, then fifteen of b, bootstrap;
# - taking turns, with the single blocks as the unit, 20 from each process, bootstrap;
# - taking turns, with the process as the unit: yours.
#
# Every verdict other than *cannot tell* is wrong. Yours may be wrong in 2 % of the trials at most. Fill in
# the table before you run it, at least with the words never, rarely, often.

# %%
TRIALS, ROUNDS, BLOCKS = 200, 15, 20


def noise(kind, generator):
    """The times of 2 x 15 processes in their order in time, 20 blocks each, of code that takes one second."""
    processes = (2 * ROUNDS, 1)
    times = np.exp(0.01 * generator.standard_normal((2 * ROUNDS, BLOCKS)))
    if kind == "offsets":
        times *= np.exp(0.15 * generator.standard_normal(processes))
    elif kind == "drift":
        times *= np.linspace(1, 1.5, 2 * ROUNDS)[:, None] * np.exp(0.02 * generator.standard_normal(processes))
    elif kind == "heavy tails":
        times += 0.02 * generator.pareto(1.2, processes) + 0.02 * generator.pareto(1.2, times.shape)
    else:
        times *= np.where(generator.random(processes) < 0.5, 1.3, 1.0)
    return times


def in_turn(times, seed):
    """The two sides (rounds, blocks) of processes that took turns."""
    first = np.array([order[0] for order in orders(ROUNDS, seed)])
    rounds = times.reshape(ROUNDS, 2, BLOCKS)
    return [rounds[np.arange(ROUNDS), first ^ side] for side in (0, 1)]


def interval_verdict(a, b):
    return verdict(*bootstrap_interval(a, b, resamples=400))


def verdicts(times, seed):
    """What each of the four methods says."""
    each = np.median(times, axis=1)
    a, b = in_turn(times, seed)
    yield "cannot tell" if max(each[:2]) <= 1.05 * min(each[:2]) else "wrong"
    yield interval_verdict(each[:ROUNDS], each[ROUNDS:])
    yield interval_verdict(a.ravel(), b.ravel())
    yield interval_verdict(np.median(a, axis=1), np.median(b, axis=1))


generator, wrong = np.random.default_rng(0), {}
print("wrong verdicts on identical code, of 200   one run   a, then b   blocks   processes in turn")
for kind in ("offsets", "drift", "heavy tails", "two speeds"):
    said = np.array([list(verdicts(noise(kind, generator), seed)) for seed in range(TRIALS)])
    wrong[kind] = (said != "cannot tell").sum(axis=0)
    print(f"{kind:40}{wrong[kind][0]:10}{wrong[kind][1]:12}{wrong[kind][2]:9}{wrong[kind][3]:20}")
assert all(counts[3] <= 0.02 * TRIALS for counts in wrong.values())
assert min(wrong["offsets"][0], wrong["offsets"][2]) > 50
assert wrong["drift"][1] > 150

# %% [markdown]
# One run has every illness. Each of the next two is cured of one and keeps another. With "a,
# then b" drift goes entirely to one side. With blocks as the unit the interval is that of 300
# numbers, and there were 15: blocks of one process are copies of one piece of luck. It is the most
# dangerous of the four, since nothing looks as trustworthy as a narrow interval.
#
# **What it can find.** A benchmark that always says *cannot tell* is never wrong. So the other
# count: a is truly faster, by the share in the first column. In how many of 100 trials does it say
# so, with an offset of 3 % for each process, and what do more rounds buy?

# %%
found = {}
print("a's true time    10 rounds   15 rounds   40 rounds")
for true in (0.99, 0.97, 0.95, 0.9):
    for rounds in (10, 15, 40):
        samples = np.exp(0.03 * np.random.default_rng(rounds).standard_normal((100, 2, rounds)))
        found[true, rounds] = sum(interval_verdict(true * a, b) == "faster" for a, b in samples)
    print(f"{true:13.2f}" + "".join(f"{found[true, rounds]:12}" for rounds in (10, 15, 40)))
assert found[0.9, 15] >= 95
assert found[0.97, 40] > found[0.97, 10]

# %% [markdown]
# Half the spread takes four times the rounds. It is cheaper to make the machine quiet.
#
# **What it costs.** Where do the seconds of a sample go? Predict the share of measuring.

# %%
start = time.perf_counter()
sample = exact.sample()
whole = time.perf_counter() - start
measuring = sum(sample) * steps_per_block(min(sample))
print(f"one sample takes {whole:.2f} s, its blocks {measuring:.3f} s: {measuring / whole:.0%}")
print(f"a verdict with 15 rounds takes about {30 * whole:.0f} s")
assert measuring < 0.5 * whole

# %% [markdown]
# The rest is starting Python, importing and warming up. It is the price of a sample that does not
# depend on the one before.
#
# ## Reflect

# %% [markdown] reflect="peeking" points=4
# **1. Peeking.** A colleague saves time: after ten rounds she looks, and after every further round
# again, and stops as soon as the verdict is not *cannot tell*, at 60 rounds at the latest. Each look
# is your `judge`. What happens to the share of wrong verdicts? How would you find out, with what this
# chapter has, and what would you allow her instead?
#
# ### BEGIN SOLUTION
# Rubric: each look is another chance to be wrong, and only wrong verdicts stop the search on identical
# code, so the share of wrong verdicts grows with the number of looks. (2 points) Find out: simulate
# identical code with `noise`, judge after 10, 11, ..., 60 rounds, count trials with any verdict. (1
# point) Instead: fix the rounds beforehand; or look a few times at a stricter confidence; or use a first
# run only to plan the rounds and throw it away. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="weeks" points=3
# **2. Two files.** The result of version 1 was saved in March, that of version 2 today, on the same
# machine, 15 processes each. `judge` accepts both. What is lost, compared with `compare`, and which
# entries of `machine` would make you refuse at once?
#
# ### BEGIN SOLUTION
# Rubric: the processes did not take turns; everything that changed since March (system, temperature,
# load, libraries) is in the ratio, and pairing round i with round i means nothing; a narrow interval
# does not show it. (2 points) Refuse if processor, cores, threads, Python or NumPy differ; remedy: keep
# version 1 and measure both today. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="tails" points=3
# **3. The slowest hundredth.** A page needs 100 answers of your model, asked for at the same time by
# independent requests, and is shown when the last has come. How many pages wait longer than p99? And
# why may your p99, measured by calling the step again as soon as it returns, be too good for a
# service to which requests come when they want?
#
# ### BEGIN SOLUTION
# Rubric: 1 - 0.99^100 = 63 % of the pages: p99 is what users see, not a rarity. (2 points) While one
# call hangs, a service's requests pile up and wait as well; the loop asks nothing in that time, so one
# delay counts once instead of for all who waited. Also: blocks of several steps smooth it. (1 point)
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.utils.benchmark.Timer(stmt, setup)` takes the same two texts, warms up, picks the size of a
# block as you did (`blocked_autorange`), and sets one thread unless told otherwise. It reports the
# median and the spread of its blocks, and warns if they spread too much. All its blocks come from
# one process, so it cannot see what the first cell of this chapter showed, and it gives no verdict.
# On an accelerator there is one more trap: a call returns before its work is done, and a clock that
# does not wait for it measures how fast work is handed over.
#
# ## Today
#
# MLPerf is the benchmark by which the industry compares machines. Its rules are this chapter, written
# as a contract: a quality that a training run must reach before its time counts; several runs, of
# which the fastest and the slowest are dropped; for inference, scenarios that fix what is counted. A
# single stream is judged by the latency of its 90th percentile, a server by the requests a second
# that it answers while the 99th percentile stays within a bound, and "offline" by throughput alone.
# The machine is described to the last library.
#
# Where code changes a hundred times a day, every change is compared with the one before, and a false
# alarm costs an engineer an hour. At that number even 2 % wrong verdicts are too many, so a hit is
# measured a second time before anybody is told. And a study from 2009 found that the size of
# the environment variables, and the order in which files are linked, can move a program's time by
# more than the optimization that was being studied. Both are the same in every run on one desk. To
# take samples of that, one has to change the desk.
