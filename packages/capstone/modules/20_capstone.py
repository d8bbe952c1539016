# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# You made a model three times faster and kept its accuracy. You write both numbers into a file and hand
# it in. A stranger opens the file. Why should they believe it?
#
# Here is such a file, and Python's own parser for it. Before you run the cell, find three things in the text that
# you would refuse.

# %%
#| default_exp capstone
import json

claim = '{"accuracy": 99.0, "slowest": NaN, "latency": 0.004, "latency": 0.001}'
print(json.loads(claim))

# %% [markdown]
# `json.loads` accepts all three. The accuracy is a fraction, so 99.0 is 9,900 %. `NaN` means "not a number", and it
# is not valid JSON. Every `<`, `>` and `==` with it is false, so the check `if slowest > limit` never fires. The key
# `latency` occurs twice, and the second value replaces the first.
#
# So a *submission* contains every single measurement, and each reader recomputes the results from them. This chapter
# builds the metrics, the reader, the submission and the leaderboard.
#
# Submissions compete. A *track* is a task with its data and its baseline model, such as `digits-cnn`. In the *closed*
# division everybody runs the same model; in the *open* division you may change it. The *host* runs the leaderboard.
# An *artefact* is a file that you hand in, here the optimized model's weights. `sources` are the files that produced
# it, `tiers` the installed parts of TinyTorch.
#
# ### What you stand on
#
# To write the module you need three names from earlier ones:
#
# - `BenchmarkResult(name, seconds, items, machine)`, module 19. `seconds` has one list of times per process.
#   `latency(90)` is the time within which 90 % of them ended; `throughput` is items per second.
# - `bootstrap_interval(a, b)`, module 19: the 99.5 % interval (low, high) of median(a) / median(b). Process i of `a`
#   and process i of `b` ran one after the other, in one *round*. The seed is fixed, so the same lists always give the
#   same interval.
# - `energy(flops, bytes).joules`, module 14: an estimate from a model's work and the bytes it moves.
#
# `helpers` is given: `helpers.form_problems(values)` checks a dict against the schema and returns sentences,
# `helpers.list_hash(files)` and `hash_files(folder)` compute hashes, `helpers.shown(value)` quotes a value safely,
# `helpers.now()` is the time, `describe_system()` and `describe_tiers()` describe machine and software.
#
# To use the module you also need:
#
# - `Tensor`, `manual_seed`, `no_grad` (modules 01, 05): arrays with operations, one seed, no gradients.
# - `Linear`, `ReLU`, `Sequential` (02, 03): layers and a model. `state_dict()` is its arrays by name.
# - `CrossEntropyLoss`, `Adam`, `Trainer(model, optimizer, loss).fit(x, y, epochs)`, `save`, `load` (04, 06, 07):
#   training, and files of arrays.
# - `profile`, `count_parameters` (14): where the time, FLOPs and bytes of a model go, and its size.
# - `structured_prune(model, amount)` (16): a smaller model, without the weakest units of each layer.
# - `TinyDigits()`: 4,000 handwritten digits, `.images` and `.labels`; with `train=False`, 1,000 to test on.

# %% [markdown]
# ## Build
#
# ### Improvement: one ratio for both directions
#
# Latency fell from 4 ms to 2 ms; throughput rose from 100 to 200 images per second. Both became twice as
# good, but one number halved and the other doubled.
#
# So each metric has a unit, a direction and a definition, and we compare *improvements*: by which factor is the
# optimized model better than the baseline? Above 1 is better in every metric. 4 ms on my laptop says little about
# yours, but a model that is twice as fast on mine is probably about twice as fast on yours.
#
# Two *scenarios* are timed. In *single stream* requests come one at a time, and a user waits for each answer. In
# *offline* items come in batches.

# %% solution="improvement"
#| export
#| hint If 4 ms became 2 ms, which of the two is on top, so that the answer is 2? And for 100 and 200 images/s?
#| hint METRICS[name].better says which direction is good.
#| hint One of two ratios. Which model's value is on top depends on the direction.
import json
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import tinytorch._capstone as helpers
from tinytorch.benchmarking import BenchmarkResult, bootstrap_interval
from tinytorch.profiling import energy


@dataclass(frozen=True)
class Metric:
    """The unit, direction and definition of a number.

    >>> Metric("s", "lower", "the time of a request").better
    'lower'
    """

    unit: str
    better: str  # "lower" or "higher"
    definition: str


METRICS = {
    "latency_p50": Metric("s", "lower", "median time of a single request; then the median over the processes"),
    "latency_p90": Metric("s", "lower", "90th percentile of a single request; then the median over the processes"),
    "throughput": Metric("items/s", "higher", "items per second in batches; median over the processes"),
    "accuracy": Metric("fraction", "higher", "right answers divided by all timed answers"),
    "parameters": Metric("count", "lower", "elements of all parameters"),
    "file_bytes": Metric("B", "lower", "size of the model's file"),
    "peak_memory_bytes": Metric("B", "lower", "peak memory of a process; the largest of the processes"),
    "flops": Metric("count", "lower", "floating-point operations per item"),
    "energy_joules": Metric("J", "lower", "estimated energy per item, from its FLOPs and the bytes it moves"),
}


def improvement(name: str, baseline: float, optimized: float) -> float:
    """Return the factor by which the optimized model is better in this metric; above 1 is better in each.

    >>> improvement("latency_p50", 0.004, 0.002), improvement("throughput", 100.0, 50.0)
    (2.0, 0.5)
    """
    ### BEGIN SOLUTION
    if METRICS[name].better == "lower":
        return baseline / optimized
    return optimized / baseline
    ### END SOLUTION


# %% test="improvement" points=5
from tinytorch.testing import check, check_raises, check_true


def test_improvement_of_what_should_be_low():
    check('improvement("latency_p90", 0.004, 0.001)', improvement("latency_p90", 0.004, 0.001), 4.0)
    check('improvement("file_bytes", 100, 400): four times larger', improvement("file_bytes", 100, 400), 0.25)


def test_improvement_of_what_should_be_high():
    check('improvement("throughput", 100.0, 250.0)', improvement("throughput", 100.0, 250.0), 2.5)
    check('improvement("accuracy", 0.8, 0.4)', improvement("accuracy", 0.8, 0.4), 0.5)


test_improvement_of_what_should_be_low()
test_improvement_of_what_should_be_high()

# %% [markdown]
# ### Time only the answer
#
# The clock must cover only the call that answers the request. If the loop also judges an answer, or stores it in a
# growing table, that time is charged to the model. So collect the answers and judge them later.
#
# There is a trap in "later". Fast code writes its result into the same buffer each time (module 18 does), so an
# answer that you only remember may change when the next request is answered. And a copy takes time.

# %% solution="timed-answers"
#| export
#| hint When must an answer be copied, so that the next one cannot change it, and nobody pays for the copy?
#| hint np.array(answer) is a copy. Which lines are between the two readings of the clock?
#| hint For each request: clock, predict, clock; then store the difference and the copy.


def timed_answers(
    predict: Callable[[Any], Any], requests: Iterable[Any], clock: Callable[[], float] = time.perf_counter
) -> tuple[list[float], list[np.ndarray]]:
    """Answer the requests one by one. Return the seconds of each, and copies of the answers as arrays.

    >>> times, answers = timed_answers(lambda request: [2 * request], [1, 2])
    >>> len(times), answers
    (2, [array([2]), array([4])])
    """
    ### BEGIN SOLUTION
    times: list[float] = []
    answers: list[np.ndarray] = []
    for request in requests:
        start = clock()
        answer = predict(request)
        times.append(clock() - start)
        answers.append(np.array(answer))
    return times, answers
    ### END SOLUTION


# %% test="timed-answers" points=6
class Stopwatch:
    """A clock that the test moves: predicting takes 3 s, fetching a request 10 s, copying an answer 100 s."""

    def __init__(self):
        self.now, self.buffer = 0.0, np.zeros(1)

    def clock(self):
        return self.now

    def requests(self, count):
        for n in range(count):
            self.now += 10.0
            yield n

    def predict(self, n):
        self.now += 3.0
        self.buffer[0] = n
        return Answer(self)


class Answer:
    """An answer that refers to the shared buffer: converting it to an array copies the current contents."""

    def __init__(self, watch):
        self.watch = watch

    def __array__(self, dtype=None, copy=None):
        self.watch.now += 100.0
        return self.watch.buffer.copy()


def test_timed_answers():
    watch = Stopwatch()
    times, answers = timed_answers(watch.predict, watch.requests(3), watch.clock)
    check("the seconds of three answers that take 3 s each, and nothing else", times, [3.0, 3.0, 3.0])
    check("the answers of a model that uses one buffer for all", [float(each[0]) for each in answers], [0.0, 1.0, 2.0])


def test_answers_are_copies():
    buffer = np.zeros(2)

    def predict(n):
        buffer[:] = n
        return buffer

    _, answers = timed_answers(predict, [5, 6])
    check("answers of a model that returns the same array each time", answers, [np.full(2, 5.0), np.full(2, 6.0)])


test_timed_answers()
test_answers_are_copies()

# %% [markdown]
# ### One value per process
#
# In single stream we report the median latency and the 90th percentile: nine of ten requests are at least this fast.
# In offline we report items per second. A *side* is the set of measurements of one model, a dict as in the file:
#
# ```
#    single_stream      [[0.004, 0.005, ...], ...]   seconds of each request, one list per process
#    offline            [[0.031, 0.030, ...], ...]   seconds of each batch, one list per process
#    offline_items      32                           items in a batch
#    correct, asked     {"single_stream": [49, ...], "offline": [158, ...]}     one count per process
#    peak_memory_bytes  [18874368, ...]              one per process
#    parameters, file_bytes, flops, bytes_moved      whole numbers; the last two are per item
# ```
#
# Module 19 showed that the requests of one process are not independent: if a process starts on a busy core, all its
# requests are slow. So we compare processes. First reduce each process to one value per metric.

# %% solution="per-process"
#| export
#| hint How many values does each metric need if ten processes ran?
#| hint A BenchmarkResult that contains a single process computes what you need.
#| hint Build one BenchmarkResult per list of times. A request is one item; a batch is offline_items items.
Side = dict[str, Any]  # what was measured of one model
Samples = dict[str, Side]  # {"baseline": ..., "optimized": ...}
TIMED = ("latency_p50", "latency_p90", "throughput")


def per_process(side: Side) -> dict[str, list[float]]:
    """Return the metrics of TIMED, one value per process.

    >>> side = {"single_stream": [[0.1, 0.3, 0.2]], "offline": [[0.5, 1.5]], "offline_items": 8}
    >>> per_process(side)
    {'latency_p50': [0.2], 'latency_p90': [0.3], 'throughput': [8.0]}
    """
    ### BEGIN SOLUTION
    requests = [BenchmarkResult("request", [times], 1, {}) for times in side["single_stream"]]
    batches = [BenchmarkResult("batch", [times], side["offline_items"], {}) for times in side["offline"]]
    return {
        "latency_p50": [result.latency(50) for result in requests],
        "latency_p90": [result.latency(90) for result in requests],
        "throughput": [result.throughput for result in batches],
    }
    ### END SOLUTION


# %% test="per-process" points=7
def some_side(seconds=0.01, processes=10, requests=10, items=4):
    """A model that needs about `seconds` for a request: later requests are slower, later processes too."""
    singles = [[seconds * (1 + 0.1 * i) * (1 + 0.01 * p) for i in range(requests)] for p in range(processes)]
    batches = [[seconds * items / 2, seconds * items * (1 + 0.01 * p)] for p in range(processes)]
    asked = {"single_stream": [requests] * processes, "offline": [2 * items] * processes}
    correct = {"single_stream": [requests - 1] * processes, "offline": [2 * items - 1] * processes}
    side = {"single_stream": singles, "offline": batches, "offline_items": items, "correct": correct, "asked": asked}
    counts = {"parameters": 100, "file_bytes": 400, "flops": 200, "bytes_moved": 800}
    return side | counts | {"peak_memory_bytes": [5000 - 100 * p for p in range(processes)]}


def test_latencies_of_each_process():
    hundred = [float(n) for n in range(100, 0, -1)]
    side = {"single_stream": [hundred, [7.0] * 9 + [9.0]], "offline": [[1.0], [1.0]], "offline_items": 1}
    got = per_process(side)
    check("latency_p50 of the requests 100, 99, ..., 1 and of nine 7s and a 9", got["latency_p50"], [50.0, 7.0])
    check("latency_p90 of the same", got["latency_p90"], [90.0, 7.0])


def test_throughput_of_each_process():
    side = {"single_stream": [[1.0], [1.0]], "offline": [[1.0, 3.0], [0.5, 0.5]], "offline_items": 6}
    got = per_process(side)["throughput"]
    check("throughput of batches of 6 items in 1 and 3 seconds, and in 0.5 and 0.5 seconds", got, [3.0, 12.0])


test_latencies_of_each_process()
test_throughput_of_each_process()

# %% [markdown]
# ### All nine metrics
#
# For each timed metric we take the median over the processes, so that one interrupted process hardly changes it. Two
# others need a decision.
#
# **Accuracy** is a fraction of answers, and every timed answer counts, of all processes and of both scenarios. A
# model may answer single requests well and batches badly. If we counted one scenario only, the accuracy would hide
# that.
#
# **Peak memory** must fit into a device. If nine processes needed 20 MB and one needed 30 MB, which number would you
# build the device for?

# %% solution="side-metrics"
#| export
#| hint If one process answered 10 requests and another 1,000, should both count equally in the accuracy?
#| hint side["correct"] and side["asked"] contain a list of counts per scenario. METRICS has each definition.
#| hint Medians of per_process; sums over both scenarios, then one division; the rest is a lookup, a max, an estimate.


def side_metrics(side: Side) -> dict[str, float]:
    """Return all metrics of METRICS for one side.

    >>> side = {"single_stream": [[0.2]], "offline": [[0.5]], "offline_items": 2, "peak_memory_bytes": [9]}
    >>> side |= {"correct": {"single_stream": [1], "offline": [1]}, "asked": {"single_stream": [1], "offline": [2]}}
    >>> side_metrics(side | {"parameters": 4, "file_bytes": 16, "flops": 8, "bytes_moved": 40})["throughput"]
    4.0
    """
    ### BEGIN SOLUTION
    timed = {name: statistics.median(values) for name, values in per_process(side).items()}
    right, asked = (sum(map(sum, side[key].values())) for key in ("correct", "asked"))
    return {
        **timed,
        "accuracy": right / asked,
        "parameters": side["parameters"],
        "file_bytes": side["file_bytes"],
        "peak_memory_bytes": max(side["peak_memory_bytes"]),
        "flops": side["flops"],
        "energy_joules": energy(side["flops"], side["bytes_moved"]).joules,
    }
    ### END SOLUTION


# %% test="side-metrics" points=8
def test_the_median_of_the_processes():
    side = some_side(processes=3) | {"single_stream": [[1.0] * 10, [2.0] * 10, [90.0] * 10]}
    got = side_metrics(side)
    check("latency_p50 of three processes with 1, 2 and 90 seconds", got["latency_p50"], 2.0)
    check("latency_p90 of the same", got["latency_p90"], 2.0)


def test_accuracy_over_all_answers():
    correct, asked = {"single_stream": [10, 0], "offline": [30, 30]}, {"single_stream": [10, 20], "offline": [30, 40]}
    got = side_metrics(some_side(processes=2) | {"correct": correct, "asked": asked})["accuracy"]
    check("accuracy of 10 of 10 and 0 of 20 single answers, 30 of 30 and 30 of 40 in batches", got, 0.7)


def test_the_other_metrics():
    got = side_metrics(some_side())
    check("the names", sorted(got), sorted(METRICS))
    check("peak_memory_bytes of processes with 5000, 4900, ..., 4100 bytes", got["peak_memory_bytes"], 5000)
    counts = [got[name] for name in ("parameters", "file_bytes", "flops")]
    check("parameters, file_bytes, flops", counts, [100, 400, 200])
    joules = 200 * 2.3e-12 + 800 * 160e-12
    check("energy_joules of 200 FLOPs and 800 bytes, in nJ", 1e9 * got["energy_joules"], 1e9 * joules)


test_the_median_of_the_processes()
test_accuracy_over_all_answers()
test_the_other_metrics()

# %% [markdown]
# ### Improvements and their intervals
#
# `derive` computes all results that a submission reports. The timed metrics also get an interval: ten other processes
# would have given a slightly different improvement, and the interval shows how uncertain ours is. Module 19's
# `bootstrap_interval(a, b)` gives it for median(a) / median(b). For a latency, pass the baseline as `a`. Which side
# must be `a` for the throughput?

# %% solution="derive"
#| export
#| hint intervals: in which order do you pass the two lists, if the interval must contain the improvement?
#| hint intervals: call bootstrap_interval once per name in TIMED. Swap its arguments where higher is better.
#| hint derive: side_metrics for both sides first; the improvements need both; then the intervals.


def intervals(samples: Samples) -> dict[str, list[float]]:
    """Return the interval [low, high] of each timed metric's improvement.

    >>> side = {"single_stream": [[0.2]], "offline": [[0.5]], "offline_items": 2}
    >>> intervals({"baseline": side, "optimized": side | {"offline": [[0.25]]}})["throughput"]
    [2.0, 2.0]
    """
    baseline, optimized = per_process(samples["baseline"]), per_process(samples["optimized"])
    ### BEGIN SOLUTION
    found = {}
    for name in TIMED:
        pair = baseline[name], optimized[name]
        found[name] = list(bootstrap_interval(*(pair if METRICS[name].better == "lower" else pair[::-1])))
    return found
    ### END SOLUTION


def derive(samples: Samples) -> dict[str, Any]:
    """Compute the results from the samples: {"metrics": ..., "improvements": ..., "intervals": ...}.

    >>> side = {"single_stream": [[0.2]], "offline": [[0.5]], "offline_items": 2, "peak_memory_bytes": [9]}
    >>> side |= {"correct": {"single_stream": [1], "offline": [1]}, "asked": {"single_stream": [1], "offline": [2]}}
    >>> side |= {"parameters": 4, "file_bytes": 16, "flops": 8, "bytes_moved": 40}
    >>> derive({"baseline": side, "optimized": side | {"flops": 4}})["improvements"]["flops"]
    2.0
    """
    ### BEGIN SOLUTION
    metrics = {name: side_metrics(samples[name]) for name in ("baseline", "optimized")}
    baseline, optimized = metrics["baseline"], metrics["optimized"]
    better = {name: improvement(name, baseline[name], optimized[name]) for name in METRICS}
    return {"metrics": metrics, "improvements": better, "intervals": intervals(samples)}
    ### END SOLUTION


# %% test="derive" points=8
def noisy(seconds, seed):
    """A side whose processes differ by 10 %."""
    factors = np.exp(0.1 * np.random.default_rng(seed).standard_normal(10))
    singles = [[seconds * factor] * 10 for factor in factors.tolist()]
    return some_side() | {"single_stream": singles, "offline": [[4 * times[0]] for times in singles]}


def test_derive():
    baseline = some_side(0.02)
    got = derive({"baseline": baseline, "optimized": some_side(0.005) | {"parameters": 50}})
    check("the parts", sorted(got), ["improvements", "intervals", "metrics"])
    check("metrics of the baseline", got["metrics"]["baseline"] == side_metrics(baseline), True)
    want = {"latency_p90": 4.0, "throughput": 4.0, "parameters": 2.0, "accuracy": 1.0}
    better = got["improvements"]
    check("improvements, a quarter of the time and half of the parameters", {n: better[n] for n in want}, want)
    check("the names of the improvements", sorted(better), sorted(METRICS))


def test_an_interval_holds_its_improvement():
    got = derive({"baseline": noisy(0.03, 1), "optimized": noisy(0.01, 2)})
    for name in TIMED:
        low, high = got["intervals"][name]
        better = got["improvements"][name]
        statement = f"the interval of {name} contains the improvement"
        check_true(statement, low < better < high, f"{better:.3f} and {low:.3f} to {high:.3f}")


def test_rounds_stay_together():
    baseline = noisy(0.03, 1)
    optimized = baseline | {"single_stream": [[times[0] / 3] * 10 for times in baseline["single_stream"]]}
    got = intervals({"baseline": baseline, "optimized": optimized})["latency_p50"]
    check("the interval of latency_p50, if every process takes a third of its partner's time", got, [3.0, 3.0])


test_derive()
test_an_interval_holds_its_improvement()
test_rounds_stay_together()

# %% [markdown]
# ### A strict reader
#
# Back to the stranger's file. Three of the hooks of `json.loads` make it stricter. `object_pairs_hook` gets the keys
# and values of each object as a list of pairs, before they become a dict. `parse_constant` gets the words `NaN`,
# `Infinity` and `-Infinity`. `parse_float` gets the text of each number that has a point or an exponent.
#
# Why the last one? Find a number that is correct JSON and becomes infinite in Python.

# %% solution="strict"
#| export
#| hint finite_number: does float("1e999") raise an error? If not, what does it return?
#| hint unique_keys: which pairs does dict(pairs) lose? finite_number: math.isfinite tests for nan and infinities.
#| hint unique_keys: a loop that refuses a key it has seen. finite_number: convert, test, and quote the text.


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of a JSON object as a dict. Raise ValueError, with the key, if a key occurs twice.

    >>> unique_keys([("a", 1), ("b", 2)])
    {'a': 1, 'b': 2}
    """
    ### BEGIN SOLUTION
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {helpers.shown(key)} occurs twice in one object")
        found[key] = value
    return found
    ### END SOLUTION


def finite_number(text: str) -> float:
    """Return a JSON number or constant as a float. Raise ValueError, with the text, if it is not finite.

    >>> finite_number("2.5e-3")
    0.0025
    """
    ### BEGIN SOLUTION
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {text:.20}")
    return value
    ### END SOLUTION


# %% test="strict" points=7
def test_unique_keys():
    check('unique_keys([("b", 1), ("a", None)])', unique_keys([("b", 1), ("a", None)]), {"b": 1, "a": None})
    for pairs in ([("a", 1), ("b", 2), ("a", 3)], [("a", 1), ("a", 1)], [("a", None), ("a", 0)]):
        check_raises(f"unique_keys({pairs})", lambda pairs=pairs: unique_keys(pairs), ValueError, "a", "twice")


def test_finite_number():
    for text, want in [("2.5", 2.5), ("-1e-7", -1e-7), ("1e308", 1e308)]:
        check(f'finite_number("{text}")', finite_number(text), want)
    for text in ("NaN", "Infinity", "-Infinity", "1e999", "-1e400"):
        check_raises(f'finite_number("{text}")', lambda text=text: finite_number(text), ValueError, text)


test_unique_keys()
test_finite_number()

# %% [markdown]
# A very large file fills the memory before the parser returns. 100,000 opening brackets are a small file, but the
# parser calls itself for each level, and Python stops it with a `RecursionError`.
#
# So `read_json` checks the size before it parses. A submission of ten processes takes about 50 kB. For a file one call
# is enough: ask for one byte more than the limit.

# %% solution="read-json"
#| export
#| hint What must you know about a file before you parse it? And how many bytes does "é" take?
#| hint file.read(n) reads at most n bytes. A str becomes bytes by .encode(). RecursionError is not a ValueError.
#| hint Get bytes, check their number, parse with all three hooks. Turn a RecursionError into a ValueError.
LIMIT = 2_000_000  # bytes


class InvalidSubmission(ValueError):
    """An invalid submission. Each of its `problems` is a sentence that begins with the field.

    >>> InvalidSubmission(["name: expected a string, got 7"]).problems
    ['name: expected a string, got 7']
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def read_json(source: str | bytes | Path) -> Any:
    """Return the values of a JSON string, of bytes, or of the file at a Path.

    Raise ValueError if it is larger than LIMIT bytes, with the limit in the message; if it is nested too deeply; and
    if it is not strict JSON.

    >>> read_json('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    """
    ### BEGIN SOLUTION
    if isinstance(source, Path):
        with source.open("rb") as file:
            source = file.read(LIMIT + 1)
    data = source.encode() if isinstance(source, str) else source
    if len(data) > LIMIT:
        raise ValueError(f"larger than {LIMIT:,} bytes, the limit for a submission")
    try:
        return json.loads(data, object_pairs_hook=unique_keys, parse_float=finite_number, parse_constant=finite_number)
    except RecursionError:
        raise ValueError("this JSON is nested more deeply than any submission") from None
    ### END SOLUTION


# %% test="read-json" points=8
import tempfile


def test_what_is_read():
    check("read_json of a string", read_json('{"a": [1, 2.5, true, null, "é"]}'), {"a": [1, 2.5, True, None, "é"]})
    check("read_json of bytes", read_json(b"[1]"), [1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "submission.json")
        path.write_text('{"version": 1}', "utf-8")
        check("read_json of a Path", read_json(path), {"version": 1})


def test_what_is_not_json():
    for text, word in [("[NaN]", "NaN"), ("[-Infinity]", "Infinity"), ("[1e999]", "1e999"), ("{", "expecting")]:
        check_raises(f"read_json('{text}')", lambda text=text: read_json(text), ValueError, word)
    call = """read_json('{"a": 1, "b": {"c": 2, "c": 3}}')"""
    check_raises(call, lambda: read_json('{"a": 1, "b": {"c": 2, "c": 3}}'), ValueError, "twice")
    deep = "[" * 100_000
    check_raises("read_json of 100,000 opening brackets", lambda: read_json(deep), ValueError, "nested")


def test_what_is_too_large():
    limit = f"{LIMIT:,}"
    check_raises("read_json of 100 MB that are not JSON", lambda: read_json("!" * 100_000_000), ValueError, limit)
    text = '"' + "é" * (LIMIT // 2) + '"'
    call = f"read_json of a string of {len(text):,} characters, which are {len(text.encode()):,} bytes"
    check_raises(call, lambda: read_json(text), ValueError, limit)
    check("read_json of LIMIT bytes: 7 and spaces", lambda: read_json("7".ljust(LIMIT)), 7)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.json")
        with path.open("wb") as file:
            file.truncate(100_000_000)
        check_raises("read_json of a file of 100 MB", lambda: read_json(path), ValueError, limit)


test_what_is_read()
test_what_is_not_json()
test_what_is_too_large()

# %% [markdown]
# ### Say what is wrong: the field, the reported value, the recomputed value
#
# A *schema* describes the form of a JSON file: its fields, their types and ranges. This tier ships one,
# `submission-1.json`, and `helpers.form_problems` turns the complaints of the library `jsonschema` into sentences. It
# also refuses: fewer than ten processes; fewer than ten requests in a process; a list whose length is not the number
# of processes; more right answers than requests. Of very many complaints it returns the first twenty.
#
# A schema cannot say that an accuracy is computed from counts. So we recompute it. Each `Comparison` has three parts:
# the field, the reported value, the recomputed value. The *leaves* of a nested value are those that are neither dicts
# nor lists. `leaves` pairs the leaves of two values, and `mismatches` writes a sentence for each pair that differs,
# with both values as they are, without quotes.
#
# When are two numbers the `same`? Sums on two machines may be rounded differently, so the last bits do not
# matter. One tolerance must fit every metric: a peak memory is about 20,000,000 bytes, an energy 0.0000003 joules.

# %% solution="mismatches"
#| export
#| hint same: is a difference of 0.000001 much or little, for a number of bytes and for an energy in joules?
#| hint same: math.isclose has two kinds of tolerance, and strings have none. leaves: a value is a dict, list or leaf.
#| hint leaves calls itself with a longer field name, .key or [i]. mismatches: keep the pairs that are not the same.
Comparison = tuple[str, Any, Any]  # (field, reported value, recomputed value)


def leaves(reported: Any, recomputed: Any, field: str) -> Iterator[Comparison]:
    """Yield the comparisons of two nested values of the same form, in the order of `recomputed`.

    Keys are matched by name. The example shows the field names.

    >>> list(leaves({"a": [1, 2]}, {"a": [1, 3]}, "metrics"))
    [('metrics.a[0]', 1, 1), ('metrics.a[1]', 2, 3)]
    """
    ### BEGIN SOLUTION
    if isinstance(recomputed, dict):
        for key in recomputed:
            yield from leaves(reported[key], recomputed[key], f"{field}.{key}")
    elif isinstance(recomputed, list):
        for i, (one, other) in enumerate(zip(reported, recomputed, strict=True)):
            yield from leaves(one, other, f"{field}[{i}]")
    else:
        yield field, reported, recomputed
    ### END SOLUTION


def same(reported: Any, recomputed: Any) -> bool:
    """Whether two values agree: numbers if they differ by at most one part in a billion, others if they are equal.

    >>> same(0.1 + 0.2, 0.3), same(99.0, 0.99), same("ab", "ac")
    (True, False, False)
    """
    ### BEGIN SOLUTION
    if isinstance(recomputed, int | float):
        return math.isclose(reported, recomputed, rel_tol=1e-9)
    return bool(reported == recomputed)
    ### END SOLUTION


def mismatches(comparisons: Iterable[Comparison]) -> list[str]:
    """Return a sentence for each comparison whose values differ.

    >>> mismatches([("accuracy", 99.0, 0.97), ("flops", 200, 200)])
    ['accuracy: reported 99.0, recomputed 0.97']
    """
    ### BEGIN SOLUTION
    wrong = [comparison for comparison in comparisons if not same(*comparison[1:])]
    return [f"{field}: reported {reported}, recomputed {recomputed}" for field, reported, recomputed in wrong]
    ### END SOLUTION


# %% test="mismatches" points=7
def test_leaves():
    reported = {"a": {"b": 1.5, "c": [1, 2]}, "d": 7}
    got = list(leaves(reported, {"a": {"b": 2.5, "c": [1, 3]}, "d": 8}, "x"))
    check("the fields of leaves", [field for field, _, _ in got], ["x.a.b", "x.a.c[0]", "x.a.c[1]", "x.d"])
    check("the reported and recomputed values", [list(pair) for _, *pair in got], [[1.5, 2.5], [1, 1], [2, 3], [7, 8]])


def test_same():
    for reported, recomputed in [(99.0, 0.99), (0.9899, 0.99), (2e-7, 1e-7), (1.0, 1.00001), (20_000_001, 20_000_000)]:
        check(f"same({reported}, {recomputed})", same(reported, recomputed), False)
    for reported, recomputed in [(0.1 + 0.2, 0.3), (3e7 * (1 + 1e-12), 3e7), (4, 4.0), ("ab", "ab")]:
        check(f"same({reported!r}, {recomputed!r})", same(reported, recomputed), True)
    check("same('ab', 'ac')", same("ab", "ac"), False)


def test_mismatches():
    got = mismatches([("speed", 3.5, 3.0), ("size", 4, 4), ("energy", 2e-7, 1e-7)])
    want = ["speed: reported 3.5, recomputed 3.0", "energy: reported 2e-07, recomputed 1e-07"]
    check_true(f"mismatches of a wrong speed and a wrong energy are {want}", got == want, f"got {got}")


test_leaves()
test_same()
test_mismatches()

# %% [markdown]
# ### Fields that can be computed from other fields
#
# Three kinds of measured fields can be recomputed from others as well:
#
# - `asked` counts the answers of a process. In single stream it equals the number of timed requests. Offline it
#   equals the number of timed batches times `offline_items`.
# - `sources.sha256`. A *hash* function turns bytes into a number of fixed length. SHA-256 gives 256 bits, written as
#   64 hexadecimal digits, and nobody has found two inputs with the same hash. We hash each source file, and then the
#   list of names, sizes and hashes.
# - `file_bytes` of the optimized side is the sum of the `bytes` of the artefacts, which are that model's files.

# %% solution="implied"
#| export
#| hint How many answers belong to a process with three timed batches of 32 items?
#| hint values has the fields of the schema: samples with two sides, sources["files"], artefacts. Yield (field, a, b).
#| hint Loops over sides, scenarios and processes yield the counts; then yield two more comparisons.


def implied(values: dict[str, Any]) -> Iterator[Comparison]:
    """Yield the comparisons of measured fields: asked on both sides, sources.sha256, samples.optimized.file_bytes.

    The counts are named like samples.baseline.asked.offline[3].
    """
    ### BEGIN SOLUTION
    for name, side in values["samples"].items():
        for scenario, items in (("single_stream", 1), ("offline", side["offline_items"])):
            for process, times in enumerate(side[scenario]):
                field = f"samples.{name}.asked.{scenario}[{process}]"
                yield field, side["asked"][scenario][process], items * len(times)
    sources = values["sources"]
    yield "sources.sha256", sources["sha256"], helpers.list_hash(sources["files"])
    total = sum(file["bytes"] for file in values["artefacts"])
    yield "samples.optimized.file_bytes", values["samples"]["optimized"]["file_bytes"], total
    ### END SOLUTION


# %% test="implied" points=6
import copy


def some_fields(baseline=0.02, optimized=0.01, **changed):
    """The measured fields of a valid submission."""
    parts = [{"path": f"artefacts/{name}.safetensors", "bytes": 200, "sha256": "0" * 64} for name in "ab"]
    files = [{"path": "entry.py", "bytes": 3, "sha256": "1" * 64}]
    found = {"name": "Ada", "title": "half the units", "track": "digits-cnn", "division": "closed"}
    found |= {"created": "2026-05-01T12:00:00Z", "seeds": {"optimize": 0, "requests": 1}, "artefacts": parts}
    found |= {"sources": {"sha256": helpers.list_hash(files), "files": files}}
    found |= {"tiers": [{"name": "capstone", "version": "0.1.0", "build": "reference", "sha256": "2" * 64}]}
    found["tiers"][0]["modules"] = [{"number": 20, "by": "reference"}]
    blas = {"name": "openblas", "version": "0.3", "kernel": "Zen", "threads": 1}
    found["system"] = {"processor": "x", "flags": ["avx2"], "cores": 2, "memory_bytes": 4 * 10**9, "os": "Linux"}
    found["system"] |= {"python": "3.12.1", "numpy": "2.1.0", "blas": blas, "load": {"before": [0.5], "after": []}}
    found["samples"] = {"baseline": some_side(baseline), "optimized": some_side(optimized)}
    return copy.deepcopy(found | changed)


def complaints(change):
    """The mismatches of `implied` after a change of valid fields."""
    fields = some_fields()
    change(fields)
    return mismatches(implied(fields))


def test_valid_fields():
    check("mismatches of implied, for valid fields", complaints(lambda fields: None), [])
    claims = list(implied(some_fields()))
    check("the number of comparisons: 10 processes, 2 scenarios, 2 sides, and 2 more", len(claims), 42)


def test_the_counts():
    for side in ("baseline", "optimized"):
        for scenario, recomputed in [("single_stream", 10), ("offline", 8)]:
            field = f"samples.{side}.asked.{scenario}[3]"

            def one_less(fields, side=side, scenario=scenario):
                fields["samples"][side]["asked"][scenario][3] -= 1

            got = complaints(one_less)
            good = len(got) == 1 and field in got[0] and str(recomputed) in got[0]
            check_true(f"one answer less in {field} is noticed", good, f"got {got}")


def test_the_hash_and_the_bytes():
    got = complaints(lambda fields: fields["sources"]["files"][0].update(bytes=4))
    good = len(got) == 1 and "sources.sha256" in got[0]
    check_true("sources.sha256 does not match a changed list", good, f"got {got}")
    got = complaints(lambda fields: fields["artefacts"][1].update(bytes=100))
    good = len(got) == 1 and "samples.optimized.file_bytes" in got[0] and "300" in got[0]
    check_true("file_bytes does not match artefacts of 200 and 100 bytes", good, f"got {got}")


test_valid_fields()
test_the_counts()
test_the_hash_and_the_bytes()

# %% [markdown]
# ### Everything that is wrong
#
# `problems_of` checks in three steps: the form, the fields that other fields imply, the derived fields. Each step
# relies on the one before: a wrong type would make the arithmetic crash. A step reports all its problems.

# %% solution="problems"
#| export
#| hint What happens in derive if a list of times contains a string? And what must have been checked before?
#| hint helpers.form_problems(values) is the first step; a later step runs only if the earlier ones found nothing.
#| hint Return early if there are problems. As the last step, compare each derived field with the one from derive.
DERIVED = ("metrics", "improvements", "intervals")


def problems_of(values: Any) -> list[str]:
    """Return what is wrong with a submission: first the form, then `implied`, then the derived fields.

    >>> problems_of({"version": 2})
    ['version: expected 1, got 2']
    """
    ### BEGIN SOLUTION
    problems = helpers.form_problems(values)
    if not problems:
        problems = mismatches(implied(values))
    if problems:
        return problems
    recomputed = derive(values["samples"])
    return [said for name in DERIVED for said in mismatches(leaves(values[name], recomputed[name], name))]
    ### END SOLUTION


# %% test="problems" points=5
def altered(change):
    """The problems of a valid submission after a change of its values."""
    values = {"version": 1, **some_fields()}
    values |= derive(values["samples"])
    change(values)
    try:
        return problems_of(values)
    except Exception as problem:
        return [f"problems_of raised {type(problem).__name__}: {problem}"]


def enlarge_one(values):
    """Make a number in nested values 0.1 % larger."""
    key = list(values)[-1] if isinstance(values, dict) else 0
    if isinstance(values[key], dict | list):
        enlarge_one(values[key])
    else:
        values[key] *= 1.001


def test_a_valid_submission():
    check("problems_of a valid submission", altered(lambda values: None), [])


def test_the_accuracy_of_9900_percent():
    got = altered(lambda values: values["metrics"]["optimized"].update(accuracy=99.0))
    good = len(got) == 1 and all(word in got[0] for word in ("metrics.optimized.accuracy", "99.0", "0.888"))
    check_true("an accuracy of 99.0 is refused; the message names the field and both values", good, f"got {got}")


def test_every_derived_field():
    for name in DERIVED:
        got = altered(lambda values, name=name: enlarge_one(values[name]))
        good = len(got) == 1 and name in got[0]
        check_true(f"a number in {name} that is 0.1 % too large is refused", good, f"got {got}")


def test_all_problems_at_once():
    def change(values):
        values["improvements"] |= {"flops": 2.0, "parameters": 3.0}

    got = altered(change)
    check_true("both wrong improvements are reported", len(got) == 2, f"got {got}")


def test_the_form_comes_first():
    got = altered(lambda values: values["samples"]["baseline"]["single_stream"][2].__setitem__(0, "fast"))
    good = len(got) == 1 and "samples.baseline.single_stream[2][0]" in got[0] and "fast" in got[0]
    check_true("a string among the times is reported by the form check", good, f"got {got}")
    got = altered(lambda values: values["samples"]["optimized"]["asked"]["offline"].__setitem__(0, 9))
    good = len(got) == 1 and "asked.offline[0]" in got[0]
    check_true("a wrong count is reported, and not the metrics that depend on it", good, f"got {got}")


test_a_valid_submission()
test_the_accuracy_of_9900_percent()
test_every_derived_field()
test_all_problems_at_once()
test_the_form_comes_first()

# %% [markdown]
# ### The submission
#
# `Submission.make` gets the measured fields and derives the others. `validate` reads a file, a string or a dict.
# Whatever stands in it, a bad one raises `InvalidSubmission`; a file that is not there remains an `OSError`. A dict
# must be something that JSON can hold: no nan or infinity anywhere, also not in a field that nothing recomputes.

# %% solution="submission"
#| export
#| hint A dict may contain nan, or an object that JSON does not have. Which of your functions would notice?
#| hint make: values of a wrong form cannot be derived from. to_json: an option of json.dumps. validate: problems_of.
#| hint make: form, derive, validate. validate: read, turn the reader's errors into one kind, collect the problems.


@dataclass(frozen=True)
class Submission:
    """The measurements, their results, and how they were made; the fields are those of the schema.

    `make` derives the results from the measured fields; `validate` reads a submission that somebody else made.

    >>> list(Submission.__annotations__)[-4:]
    ['samples', 'metrics', 'improvements', 'intervals']
    """

    version: int
    created: str
    name: str
    title: str
    track: str
    division: str
    seeds: dict[str, int]
    artefacts: list[dict[str, Any]]
    sources: dict[str, Any]
    tiers: list[dict[str, Any]]
    system: dict[str, Any]
    samples: Samples
    metrics: dict[str, dict[str, float]]
    improvements: dict[str, float]
    intervals: dict[str, list[float]]

    @classmethod
    def make(cls, **measured: Any) -> "Submission":
        """Return the submission with these measured fields. Raise InvalidSubmission if they are not valid.

        `helpers.form_problems(values, derived=False)` checks the form of the measured fields alone.
        """
        values = {"version": 1, "created": helpers.now(), **measured}
        ### BEGIN SOLUTION
        problems = helpers.form_problems(values, derived=False)
        if problems:
            raise InvalidSubmission(problems)
        return validate(values | derive(values["samples"]))
        ### END SOLUTION

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    def to_json(self) -> str:
        """Return the contents of the file. Raise ValueError if a number is not finite."""
        ### BEGIN SOLUTION
        return json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n"
        ### END SOLUTION

    def write(self, path: str | Path) -> None:
        """Write the file."""
        Path(path).write_text(self.to_json(), "utf-8")


def validate(source: str | bytes | Path | dict[str, Any]) -> Submission:
    """Return the submission in a JSON string, a file at a Path, or a dict. Raise InvalidSubmission with its problems.

    >>> validate('{"version": 1, "version": 1}')
    Traceback (most recent call last):
    tinytorch.capstone.InvalidSubmission: the key 'version' occurs twice in one object
    """
    ### BEGIN SOLUTION
    try:
        values = read_json(json.dumps(source) if isinstance(source, dict) else source)
    except (ValueError, TypeError, RecursionError) as problem:
        raise InvalidSubmission([str(problem)]) from None
    problems = problems_of(values)
    if problems:
        raise InvalidSubmission(problems)
    return Submission(**values)
    ### END SOLUTION


describe_system = helpers.describe_system
describe_tiers = helpers.describe_tiers
hash_files = helpers.hash_files

# %% test="submission" points=4
def test_what_is_made_is_valid():
    made = Submission.make(**some_fields())
    check("validate(made.to_json()) == made", validate(made.to_json()) == made, True)


def forged():
    """A valid submission, then with an accuracy of 9,900 %."""
    values = Submission.make(**some_fields()).as_dict()
    values["metrics"]["optimized"]["accuracy"] = 99.0
    return values


def test_validate_refuses():
    check_raises("validate of an accuracy of 99.0", lambda: validate(forged()), InvalidSubmission, "accuracy", "99.0")
    for source in ('{"version": NaN}', {"version": float("nan")}, {"version": {1, 2}}, b"\xff", "[" * 100_000):
        call = f"validate({source!r:.40})"
        check_raises(call, lambda source=source: validate(source), InvalidSubmission)
    values = Submission.make(**some_fields()).as_dict()
    values["system"]["load"]["before"] = [float("nan")]
    check_raises("validate of a dict with a load that is nan", lambda: validate(values), InvalidSubmission)


def test_make_refuses_and_derives():
    call = "make with a name that is a number"
    check_raises(call, lambda: Submission.make(**some_fields(name=7)), InvalidSubmission, "name", "7")
    got = Submission.make(**forged()).metrics["optimized"]["accuracy"]
    check_true("make of all fields, with a forged accuracy, recomputes it", got < 1, f"got {got}")


def test_to_json_writes_numbers_only():
    values = Submission.make(**some_fields()).as_dict()
    values["improvements"]["flops"] = float("nan")
    check_raises("to_json of an improvement that is nan", Submission(**values).to_json, ValueError)


test_what_is_made_is_valid()
test_validate_refuses()
test_make_refuses_and_derives()
test_to_json_writes_numbers_only()

# %% [markdown]
# ### Ranks that the measurements support
#
# One entry improved the latency by a factor of 3.02, another by 2.97, and both intervals are 2.8 to 3.2. Measure again
# and the order may change. So an entry is placed below another
# only if the intervals are apart: its rank is 1 plus the number of entries whose interval is *wholly above* its own.
#
# ```
#    A             |-----|   7.0 to 10.0   rank 1
#    B           |---|       6.0 to 8.0    rank 1: overlaps A
#    C       |----|          4.0 to 6.5    rank 2: A is wholly above C, B is not
#    D   |-|                 2.0 to 3.0    rank 4: A, B and C are wholly above D
# ```

# %% solution="ranks"
#| export
#| hint Which end of another interval must be above which end of this one?
#| hint Count, for each interval, the others that are wholly above it. An interval is never above itself.
#| hint One count per interval. Intervals that touch overlap.


def ranks(intervals: list[tuple[float, float]]) -> list[int]:
    """Return the rank of each interval (low, high): 1 plus the number of intervals that are wholly above it.

    >>> ranks([(1.0, 1.2), (3.0, 4.0), (2.5, 3.5)])
    [3, 1, 1]
    """
    ### BEGIN SOLUTION
    return [1 + sum(low > high for low, _ in intervals) for _, high in intervals]
    ### END SOLUTION


# %% test="ranks" points=5
def test_ranks():
    drawn = [(7.0, 10.0), (6.0, 8.0), (4.0, 6.5), (2.0, 3.0)]
    check("ranks of A, B, C and D as drawn", ranks(drawn), [1, 1, 2, 4])
    check("ranks of the same, in reverse order", ranks(drawn[::-1]), [4, 2, 1, 1])
    check("ranks of two equal ones and one above", ranks([(1.0, 2.0), (1.0, 2.0), (3.0, 4.0)]), [2, 2, 1])
    check("ranks of a wide interval around two narrow ones", ranks([(1.0, 9.0), (2.0, 3.0), (4.0, 5.0)]), [1, 2, 1])
    check("ranks of intervals that touch", ranks([(1.0, 2.0), (2.0, 3.0)]), [1, 1])
    check("ranks of none", ranks([]), [])


test_ranks()

# %% [markdown]
# ### Two goals: the Pareto front
#
# A model that is four times as fast and wrong once in ten answers is neither better nor worse than one that is
# twice as fast and nearly always right. But one entry *dominates* another if it is at least as good in both
# respects and better in one. The entries that no other dominates are the *Pareto front*.

# %% solution="pareto"
#| export
#| hint Two entries agree in both coordinates. Does one dominate the other?
#| hint Compare both coordinates. What must be true of each, and what of at least one?
#| hint A point is on the front if no point dominates it.


def pareto_front(points: list[tuple[float, float]]) -> list[bool]:
    """Whether each point is on the Pareto front; in both coordinates more is better.

    >>> pareto_front([(0.9, 3.0), (0.95, 2.0), (0.9, 2.0)])
    [True, True, False]
    """
    ### BEGIN SOLUTION
    return [not any(x >= a and y >= b and (x, y) != (a, b) for x, y in points) for a, b in points]
    ### END SOLUTION


# %% test="pareto" points=4
def test_pareto_front():
    points = [(0.90, 4.0), (0.95, 3.0), (0.95, 2.0), (0.99, 1.0), (0.90, 3.5), (0.80, 1.0)]
    check("pareto_front of six entries", pareto_front(points), [True, True, False, True, False, False])
    check("the same in reverse order", pareto_front(points[::-1]), [False, False, True, False, True, True])
    check("pareto_front of two equal entries", pareto_front([(1.0, 2.0), (1.0, 2.0)]), [True, True])
    check("pareto_front of a middle one that is best in nothing", pareto_front([(1, 5), (3, 3), (5, 1)]), [True] * 3)


test_pareto_front()

# %% [markdown]
# `scatter` draws points with characters: x grows to the right and y upwards.

# %% solution="scatter"
#| export
#| hint Which line of the string shows the largest y, and which the smallest?
#| hint A list of lists of characters can be written to. Scale each coordinate to 0 ... 1 first.
#| hint Column: width times the scaled x, rounded. Line: height times one minus the scaled y. Beware of a range of 0.


def scatter(points: list[tuple[float, float]], marks: list[str], width: int = 50, height: int = 8) -> str:
    """Return a string of height + 1 lines: the smallest x is in column 0, the largest y in the first line.

    Columns and lines are rounded to the nearest; of marks in one place the last is shown; no line ends in spaces.

    >>> print(scatter([(1.0, 0.5), (2.0, 1.0)], ["a", "b"], width=3, height=1))
       b
    a
    """
    ### BEGIN SOLUTION
    lines = [[" "] * (width + 1) for _ in range(height + 1)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    for (x, y), mark in zip(points, marks, strict=True):
        column = round(width * (x - min(xs)) / (max(xs) - min(xs) or 1))
        line = round(height * (max(ys) - y) / (max(ys) - min(ys) or 1))
        lines[line][column] = mark
    return "\n".join("".join(characters).rstrip() for characters in lines)
    ### END SOLUTION


# %% test="scatter" points=3
def drawn(points, marks, width, height):
    return scatter(points, marks, width, height).split("\n")


def test_scatter():
    got = drawn([(0.0, 0.0), (10.0, 4.0), (5.0, 1.0)], ["a", "b", "c"], width=10, height=4)
    check_true("b is in the top right corner", got[0] == "          b", f"the first line is {got[0]!r}")
    check_true("a is in the bottom left corner", got[-1] == "a", f"the last line is {got[-1]!r}")
    check_true("c is in the middle of the line above a", got[3] == "     c", f"that line is {got[3]!r}")
    got = drawn([(-4.0, 0.97), (-2.0, 0.99)], ["a", "b"], width=4, height=2)
    check_true("the axes begin at the smallest values", got == ["    b", "", "a"], f"got {got}")
    call = 'scatter of one point, "a"'
    check_true(f"{call} has one mark", "".join(drawn([(2.0, 3.0)], ["a"], 4, 2)).strip() == "a")


test_scatter()

# %% [markdown]
# ### The leaderboard
#
# Somebody can invent samples, and derive valid results from them. Only a second measurement, with inputs that the
# author did not know, shows that. So the leaderboard has two kinds of rows. A *verified* row was measured again by the
# host, and gets a rank. An *unverified* row is listed below, without a rank, and does not affect the ranks.

# %% solution="leaderboard"
#| export
#| hint Whose intervals go into ranks, and what happens to a verified row if an unverified one is better?
#| hint replace(row, rank=1) is a copy of a row with a rank. The `key=` of `sorted` may be a tuple.
#| hint rows: split by verified, rank one part, sort each part. pareto: use only the verified rows.


@dataclass(frozen=True)
class Row:
    """A line of the leaderboard: the improvement with its interval low to high, and the optimized model's accuracy.

    `rank` is None for an unverified row.

    >>> list(Row.__annotations__)
    ['rank', 'label', 'verified', 'improvement', 'low', 'high', 'accuracy', 'submission']
    """

    rank: int | None
    label: str
    verified: bool
    improvement: float
    low: float
    high: float
    accuracy: float
    submission: Submission


class Leaderboard:
    """Submissions of all tracks, ordered by their improvement in one timed metric.

    >>> Leaderboard(by="throughput").rows("digits-cnn")
    []
    """

    def __init__(self, by: str = "latency_p90") -> None:
        if by not in TIMED:
            raise ValueError(f"by must be {', '.join(TIMED)} (only these have an interval), got {by!r}")
        self.by = by
        self.entries: list[Row] = []

    def add(self, submission: Submission, verified: bool = False, label: str = "") -> None:
        """Add a row; `verified` if the host measured it. `label` is shown in place of the submission's name."""
        ### BEGIN SOLUTION
        low, high = submission.intervals[self.by]
        found = submission.improvements[self.by], low, high, submission.metrics["optimized"]["accuracy"]
        self.entries.append(Row(None, label or submission.name, verified, *found, submission))
        ### END SOLUTION

    def rows(self, track: str, division: str | None = None) -> list[Row]:
        """Return the rows of one track: verified rows by rank, then unverified rows.

        `division=None` includes both divisions. Rows of one rank, and unverified rows, are ordered by their
        improvement, the largest first.
        """
        ### BEGIN SOLUTION
        entries = [row for row in self.entries if row.submission.track == track]
        entries = [row for row in entries if division in (None, row.submission.division)]
        entries.sort(key=lambda row: -row.improvement)
        verified = [row for row in entries if row.verified]
        ranked = zip(ranks([(row.low, row.high) for row in verified]), verified, strict=True)
        rows = sorted((replace(row, rank=rank) for rank, row in ranked), key=lambda row: row.rank or 0)
        return rows + [row for row in entries if not row.verified]
        ### END SOLUTION

    def pareto(self, track: str, division: str | None = None) -> list[Row]:
        """Return the verified rows that no other verified row dominates, the largest improvement first."""
        ### BEGIN SOLUTION
        verified = [row for row in self.rows(track, division) if row.verified]
        on_front = pareto_front([(row.accuracy, row.improvement) for row in verified])
        front = [row for row, kept in zip(verified, on_front, strict=True) if kept]
        return sorted(front, key=lambda row: -row.improvement)
        ### END SOLUTION


# %% test="leaderboard" points=7
def entry(name, factor, right=9, **changed):
    """A submission that is about `factor` times as fast, with `right` of ten answers right."""
    fields = some_fields(0.02, 0.02 / factor, name=name, **changed)
    fields["samples"]["optimized"]["correct"]["single_stream"] = [right] * 10
    return Submission.make(**fields)


def board_of(*entries):
    board = Leaderboard()
    for submission, verified in entries:
        board.add(submission, verified)
    return board


def shown_as(rows):
    return [(row.rank, row.label) for row in rows]


def test_unverified_rows_get_no_rank():
    verified, others = [entry("slow", 2), entry("fast", 4)], [entry("small", 1), entry("claim", 9)]
    board = board_of(*((one, False) for one in others), *((one, True) for one in verified))
    want = [(1, "fast"), (2, "slow"), (None, "claim"), (None, "small")]
    got = shown_as(board.rows("digits-cnn"))
    check_true(f"rows with two unverified ones are {want}", got == want, f"got {got}")


def test_equal_entries_have_one_rank():
    board = board_of((entry("b", 2), True), (entry("a", 2), True), (entry("c", 1), True))
    got = [row.rank for row in board.rows("digits-cnn")]
    check("ranks of two equal entries and a slower one", got, [1, 1, 3])


def test_the_metric_of_the_board():
    board = Leaderboard(by="throughput")
    fields = some_fields(0.02, 0.01)
    before, after = fields["samples"]["baseline"], fields["samples"]["optimized"]
    after["offline"] = [[seconds / 8 for seconds in times] for times in before["offline"]]
    board.add(Submission.make(**fields), verified=True, label="batches")
    row = board.rows("digits-cnn")[0]
    check("a board by throughput, of a model with twice the speed and 8 times the throughput", row.improvement, 8.0)
    check("its interval", [row.low, row.high], [8.0, 8.0])
    check("its label", [each.label for each in board.entries], ["batches"])


def test_tracks_and_divisions_are_apart():
    entries = [entry("x", 9, track="other"), entry("open", 4, division="open"), entry("y", 2)]
    board = board_of(*((one, True) for one in entries))
    got = shown_as(board.rows("digits-cnn", "closed"))
    check_true("the closed division has only y, with rank 1", got == [(1, "y")], f"got {got}")
    check("rows of digits-cnn, both divisions: how many", len(board.rows("digits-cnn")), 2)


def test_the_front_of_the_board():
    entries = [(entry("right", 2, 10), True), (entry("fast", 4, 8), True), (entry("neither", 2, 8), True)]
    got = [row.label for row in board_of(*entries, (entry("claim", 9, 10), False)).pareto("digits-cnn")]
    check_true("the front, largest improvement first, is fast, right", got == ["fast", "right"], f"got {got}")


test_unverified_rows_get_no_rank()
test_equal_entries_have_one_rank()
test_the_metric_of_the_board()
test_tracks_and_divisions_are_apart()
test_the_front_of_the_board()

# %% [markdown]
# ## Use
#
# **Profile.** A network with 670,000 weights reads handwritten digits. One digit arrives: where does the time
# go? Guess first.

# %%
import copy
import inspect
import itertools
import subprocess
import sys
import tempfile
from contextlib import suppress

from tinytorch.compression import structured_prune
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, manual_seed
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import Adam
from tinytorch.profiling import count_parameters, profile
from tinytorch.training import Trainer, save

digits = TinyDigits()
images = digits.images.reshape(-1, 784).astype(np.float32) / 255


def trained(model: Sequential, epochs: int) -> Sequential:
    """The model after some more epochs on the digits."""
    Trainer(model, Adam(model.parameters(), lr=1e-3), CrossEntropyLoss()).fit(images, digits.labels, epochs)
    return model.eval()


manual_seed(0)
baseline = trained(Sequential(Linear(784, 512), ReLU(), Linear(512, 512), ReLU(), Linear(512, 10)), epochs=2)
with no_grad():
    print(profile(lambda: baseline(Tensor(images[:1])), baseline, memory=False).table("module"))

# %% [markdown]
# Most of the FLOPs are in two layers, and for one digit they do one multiply-add per weight. Fewer weights should mean
# less time.
#
# **Optimize.** Module 16 removes units. Each candidate is trained for one more epoch.
# Add a candidate of your own to `amounts`.

# %%
amounts = {"half of the units": 0.5, "quarter of the units": 0.75, "tenth of the units": 0.9}


def candidate(model: Sequential, amount: float) -> Sequential:
    """A smaller model, trained for one more epoch."""
    manual_seed(0)
    return trained(structured_prune(model, amount), epochs=1)


models = {"baseline": baseline} | {name: candidate(baseline, amount) for name, amount in amounts.items()}

# %% [markdown]
# **Benchmark.** Each of ten rounds runs in a process of its own. It answers 50 digits one at a time and 3 batches of 32
# with each model, in a random order, and counts the right answers afterwards. Your `timed_answers` is part of its
# program. The peak memory is the most that is allocated while a model is loaded and answers a batch.
#
# You may skip the next cell.

# %%
WORKER = """
import json, sys, tracemalloc
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.training import load

def loaded(path):
    state = load(path)
    layers = [layer for i in "024" for layer in (Linear(*state[i + ".weight"].shape[::-1]), ReLU())]
    model = Sequential(*layers[:-1]).eval()
    model.load_state_dict(state)
    return lambda request: model(Tensor(request)).data

def measured(path):
    predict = loaded(path)
    timed_answers(predict, [np.zeros((1, 784), np.float32)] * 20)  # warm up
    (times, answers), (seconds, more) = timed_answers(predict, single), timed_answers(predict, batches)
    tracemalloc.start()
    loaded(path)(batches[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return [times, seconds, right(answers, labels[:50]), right(more, labels[50:]), peak]

paths, seed = json.load(sys.stdin)
test, rng = TinyDigits(train=False), np.random.default_rng(seed)
chosen = rng.permutation(1000)[:146]
inputs, labels = test.images[chosen].reshape(-1, 784).astype(np.float32) / 255, test.labels[chosen]
single, batches = [inputs[i : i + 1] for i in range(50)], [inputs[i : i + 32] for i in (50, 82, 114)]
right = lambda answers, labels: int((np.concatenate(answers).argmax(1) == labels).sum())
with no_grad():
    print(json.dumps({name: measured(paths[name]) for name in rng.permutation(list(paths)).tolist()}))
"""
HEAD = "from __future__ import annotations\nimport time\nimport numpy as np\n"
PROGRAM = HEAD + inspect.getsource(timed_answers) + WORKER
folder = Path(tempfile.mkdtemp())
paths = {name: str(folder / f"{name}.safetensors") for name in models}
for name, model in models.items():
    save(model.state_dict(), paths[name])


def side_of(name: str, runs: list[list[Any]]) -> Side:
    """A side of the samples: what the rounds measured, and what needs no clock."""
    single, offline, right, right_offline, memory = (list(column) for column in zip(*runs, strict=True))
    with no_grad():
        seen = profile(lambda: models[name](Tensor(images[:1])), memory=False).records
    return {
        "single_stream": single, "offline": offline, "offline_items": 32, "peak_memory_bytes": memory,
        "correct": {"single_stream": right, "offline": right_offline},
        "asked": {"single_stream": [50] * len(runs), "offline": [96] * len(runs)},
        "parameters": count_parameters(models[name]), "file_bytes": Path(paths[name]).stat().st_size,
        "flops": sum(each.flops for each in seen), "bytes_moved": sum(each.bytes for each in seen),
    }


def measure(first: int) -> Samples:
    """A side for each model, from ten rounds; round i draws its digits with seed first + i."""
    runs = []
    for seed in range(first, first + 10):
        job = {"input": json.dumps([paths, seed]), "capture_output": True, "text": True, "check": True}
        runs.append(json.loads(subprocess.run([sys.executable, "-P", "-c", PROGRAM], **job).stdout))
    return {name: side_of(name, [run[name] for run in runs]) for name in models}

# %% [markdown]
# Before you look at the results, predict them for half of the units: by which factor do the parameters shrink, the
# FLOPs, the file, the latency? Is it the same factor? Does a batch of 32 gain as much as a single digit?
# (`sources` lists the functions that made the models, and the program that measured them.)

# %%
(folder / "entry.py").write_text(inspect.getsource(trained) + "\n\n" + inspect.getsource(candidate), "utf-8")
(folder / "measure.py").write_text(PROGRAM, "utf-8")
shared = {"name": "Ada", "track": "chapter-20", "division": "open", "tiers": describe_tiers()}
shared |= {"system": describe_system(), "sources": hash_files(folder, ["entry.py", "measure.py"])}


def submitted(name: str, sides: Samples, first: int) -> Submission:
    """A submission that was written to a file and validated."""
    file = hash_files(folder, [f"{name}.safetensors"])["files"][0] | {"path": "artefacts/model.safetensors"}
    seeds, samples = {"optimize": 0, "requests": first}, {"baseline": sides["baseline"], "optimized": sides[name]}
    made = Submission.make(title=name, artefacts=[file], seeds=seeds, samples=samples, **shared)
    made.write(folder / "submission.json")
    return validate(folder / "submission.json")


sides = measure(0)
claims = {name: submitted(name, sides, 0) for name in amounts}
print("improvement         " + "".join(f"{name:>22}" for name in claims))
for metric in METRICS:
    print(f"{metric:20}" + "".join(f"{made.improvements[metric]:22.2f}" for made in claims.values()))
assert claims["half of the units"].improvements["parameters"] > 2.4

# %% [markdown]
# With half of the hidden units the model has 269,322 parameters instead of 669,706, smaller by a factor of 2.5. The
# middle layer lost half of its rows *and* half of its columns, so a quarter remains. The FLOPs and the file follow.
#
# Two effects change the latency's factor. Each request also spends time in Python, which did not shrink (Amdahl's law,
# module 14): the factor falls below 2.5. Smaller weights fit into a cache: it rises above 2.5. Which effect is larger
# for you? In a batch both are divided among 32 digits, so on a quiet machine the throughput's factor should be
# closer to that of the FLOPs.
#
# **Submit, and rank.** Add the claims as unverified rows. Then play the host: measure again, with seeds that the
# author did not know, and add verified rows. A `*` marks the Pareto front. In the drawing the accuracy grows upwards
# and the improvement to the right.

# %%
board, again = Leaderboard(by="latency_p90"), measure(1000)
for name, claim in claims.items():
    board.add(claim, label=name)
    board.add(submitted(name, again, 1000), verified=True, label=name)
front = board.pareto("chapter-20")
rows = [row for row in board.rows("chapter-20") if row.verified]
for row in board.rows("chapter-20"):
    rank = f"rank {row.rank} {'*' if row in front else ' '}" if row.verified else "unverified"
    print(f"{rank:10} {row.improvement:6.2f} ({row.low:.2f} to {row.high:.2f})  {row.accuracy:6.1%}  {row.label}")
print(scatter([(row.improvement, row.accuracy) for row in rows], [row.label[0] for row in rows]))
assert max(rows, key=lambda row: (row.accuracy, row.improvement)) in front

with suppress(ImportError):
    from IPython.display import Image, display
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for row in rows:
        axes.plot([row.low, row.high], [row.accuracy] * 2, label=row.label)
    axes.step([row.improvement for row in front], [row.accuracy for row in front], "k:o", where="post")
    axes.set(xlabel="improvement of latency_p90, with its interval", ylabel="accuracy", title="Pareto front (dotted)")
    axes.legend(fontsize="small")
    figure.savefig(folder / "pareto.png")
    display(Image(str(folder / "pareto.png")))

# %% [markdown]
# If two intervals overlap, ten rounds were too few to tell the entries apart. The ranks do not use the accuracy, and
# the front does not use the intervals, so a board shows both. Is each claim inside the interval that the host measured?
#
# ## Measure
#
# **What does validation catch?** Take a valid submission, change a single number by one percent (a whole number by
# one), and validate it. Predict how many of the changes are refused, all, some or none: in the derived fields, the
# samples, the artefacts, the description of the system, the seeds.

# %%
def with_one_changed(values: Any, which: int) -> Any:
    """A copy of nested values in which one number is a little larger."""
    count = itertools.count()
    larger = lambda text: float(text) * (1.01 if next(count) == which else 1)  # noqa: E731
    one_more = lambda text: int(text) + (next(count) == which)  # noqa: E731
    return json.loads(json.dumps(values), parse_float=larger, parse_int=one_more)


honest, generator, caught = claims["half of the units"].as_dict(), np.random.default_rng(0), {}
for field in (*DERIVED, "samples", "artefacts", "system", "seeds"):
    size = sum(isinstance(value, int | float) for _, value, _ in leaves(honest[field], honest[field], field))
    tried = generator.permutation(size)[:20].tolist()
    refused = [bool(problems_of(honest | {field: with_one_changed(honest[field], n)})) for n in tried]
    caught[field] = np.mean(refused)
    print(f"{field:14}{size:6} numbers, {len(tried):3} tried, refused: {caught[field]:4.0%}")
assert all(caught[field] == 1 for field in DERIVED)
assert caught["samples"] < 1

# %% [markdown]
# Every derived number is caught, and the artefact's size, because `file_bytes` repeats it. Many changes of a time are
# not: a median moves only if a value in the middle moves. No other field depends on the seeds or the machine.
#
# **What if the forger does the arithmetic?** Divide each measured time of the optimized side by two, and derive the
# results from these times.

# %%
forged = copy.deepcopy(honest)
side = forged["samples"]["optimized"]
for scenario in ("single_stream", "offline"):
    side[scenario] = [[seconds / 2 for seconds in times] for times in side[scenario]]
before, after = (validate(v | derive(v["samples"])).improvements["latency_p90"] for v in (honest, forged))
print(f"valid: an improvement of {before:.2f}. Forged, and valid as well: {after:.2f}")
assert after > 1.99 * before

# %% [markdown]
# The forged file is valid, because its parts agree with each other. Validation shows that a submission is
# *consistent*. It does not show that it is *true*. For that, somebody must measure again.
#
# ## Reflect

# %% [markdown] reflect="chain" points=3
# **1. A chain of overlaps.** Three entries have the intervals A 3.0 to 4.0, B 2.5 to 3.5, C 2.0 to 2.8. Which
# ranks does `ranks` give? B and C overlap. Why can no rule give the same rank to every overlapping pair and
# still separate A from C? And what does a new entry D, 3.6 to 3.9, change for B?
#
# ### BEGIN SOLUTION
# Rubric: A 1, B 1, C 2. (1 point) A and B would have the same rank, and B and C too. Equal ranks are transitive, so
# A and C would have the same rank, although A is wholly above C: overlapping is not
# transitive. (1 point) D is wholly above B (3.6 > 3.5), so B falls to rank 2 and C to rank 3. (1 point)
# Model answer: the ranks are 1, 1, 2. If all overlapping pairs had equal ranks, A = B and B = C would make
# A = C, and their intervals are disjoint. The rule counts who is certainly better, so B, which nobody is
# certainly better than, is first. D is certainly better than B and C and pushes both down by one.
# ### END SOLUTION

# %% [markdown] reflect="forge" points=4
# **2. The forger's next move.** Everything in a file can be invented consistently. Name two things that the host
# of a board can do which a forger cannot prepare for, and for each a cheat that it stops. Then name a cheat
# that neither stops.
#
# ### BEGIN SOLUTION
# Rubric: two measures, one point each (2 points): run it again on the host's machine; draw the inputs from a seed
# that was not known; keep the clock outside of the measured process; judge every timed answer; rebuild the
# artefact from the sources. A cheat for each (1 point): invented times; a table of answers to known inputs; a
# patched clock; right answers in an untimed run only; somebody else's artefact. A cheat that remains, with a
# reason (1 point).
# Model answer: the host runs the sources again, which exposes invented times, and draws the inputs from a secret
# seed, which makes a table of stored answers useless. A program that notices that it is being measured, and then
# uses a model that is only good enough for these inputs, passes both; it takes judged answers and varied
# requests to make that expensive.
# ### END SOLUTION

# %% [markdown] reflect="improvement" points=3
# **3. Improvement over what?** A team reports an improvement of 12 for its latency. Its baseline ran with one BLAS
# thread and its optimized model with two, and the baseline was a network twice as wide as needed. The field
# `system.blas.threads` exists once. Can a reader see both thread counts? Who could find them, and how? Which rule of
# the closed division prevents the second? When is an improvement of 1.3 worth more than one of 12?
#
# ### BEGIN SOLUTION
# Rubric: system (blas.threads, cores, load) is recorded once for both sides, so both must run under the same
# settings; a difference shows when it is measured again. (1 point) A closed division fixes the baseline, the model
# and the data. (1 point) 1.3 over a strong baseline at equal accuracy, with an interval clear of 1, says more than
# 12 over a baseline that nobody would use. (1 point)
# Model answer: the submission has one system for both sides, and whoever verifies runs both with the same threads.
# The closed division hands out the baseline with its weights. A factor says nothing without what it was taken
# over: 1.3 over code that was already tuned saves real machines, and 12 over a careless baseline shows only that the
# baseline was slow.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.utils.benchmark.Compare` prints tables of measurements; it does not ask whether a number is true. *Model
# cards* state what was measured and on which data; the Hugging Face Hub shows such metrics on leaderboards.
# safetensors has the same aim as your `read_json`: a file from a stranger must be safe to read. Pickle files can run
# code when they are loaded; a safetensors file contains arrays only.
#
# ## Today
#
# The industry's competition is MLPerf Inference. Its load generator owns the clock and sends the requests, and the
# submitter's program only answers. The scenarios and divisions of this chapter are MLPerf's. The closed division makes
# machines comparable. The accuracy must be 99 % of the reference model's for most tasks. Other submitters review the
# results, and some are audited.
#
# Once a test set is public, models are trained on it, and a high accuracy may only show that the model has seen the
# answers. So hosts draw fresh inputs, as this course's competition does.
#
# ### Further reading
#
# - V. J. Reddi et al., *MLPerf Inference Benchmark*, 2020.
# - P. Mattson et al., *MLPerf Training Benchmark*, 2020.
# - M. Mitchell et al., *Model Cards for Model Reporting*, 2019.
# - A. Blum and M. Hardt, *The Ladder: A Reliable Leaderboard for Machine Learning Competitions*, 2015.
