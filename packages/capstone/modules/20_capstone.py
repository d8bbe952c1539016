# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A model became smaller and faster, and its author says by how much. Why should anybody believe it?
#
# ## Build
#
# ### Nine metrics, each with a unit and a direction
#
# A number needs three things before it can be compared: a unit, a direction, and the way in which it was
# measured.

# %% solution="metrics"
#| default_exp capstone
#| export
#| hint A latency fell from 4 ms to 2 ms. Which of the two is the numerator, if the answer is to be 2?
#| hint The direction of each metric stands in METRICS[name].better.
#| hint Two ratios, one for each direction; each has the better value's side on the outside of 1.
import json
import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


import tinytorch._capstone as given
from tinytorch.benchmarking import BenchmarkResult, bootstrap_interval
from tinytorch.profiling import energy

Side = dict[str, Any]  # what was measured of one model: a list for each process, and counts
Samples = dict[str, Side]  # {"baseline": ..., "optimized": ...}


@dataclass(frozen=True)
class Metric:
    """What a number means: its unit, which direction is better, and how it is measured.

    >>> Metric("s", "lower", "the time of a request").better
    'lower'
    """

    unit: str
    better: str  # "lower" or "higher"
    definition: str


METRICS: dict[str, Metric] = {
    "latency_p50": Metric("s", "lower", "median time of a request, one at a time; the median of the processes"),
    "latency_p90": Metric("s", "lower", "time within which 9 of 10 requests end; the median of the processes"),
    "throughput": Metric("items/s", "higher", "items over seconds, in batches; the median of the processes"),
    "accuracy": Metric("fraction", "higher", "right answers over all answers that were timed"),
    "parameters": Metric("count", "lower", "stored numbers that training changed"),
    "file_bytes": Metric("B", "lower", "size of the model's file"),
    "peak_memory_bytes": Metric("B", "lower", "the most memory that any of the processes used"),
    "flops": Metric("count", "lower", "floating-point operations an item"),
    "energy_joules": Metric("J", "lower", "estimate for an item, from its FLOPs and the bytes that it moves"),
}
TIMED = ("latency_p50", "latency_p90", "throughput")


def improvement(name: str, baseline: float, optimized: float) -> float:
    """How many times better the optimized model is in a metric: above 1 is better, whatever the direction.

    >>> improvement("latency_p50", 0.004, 0.002), improvement("throughput", 100.0, 50.0)
    (2.0, 0.5)
    """
    ### BEGIN SOLUTION
    if METRICS[name].better == "lower":
        return baseline / optimized
    return optimized / baseline
    ### END SOLUTION


# %% test="metrics" points=8
from tinytorch.testing import check


def test_improvement():
    check('improvement("latency_p50", 4.0, 2.0)', improvement("latency_p50", 4.0, 2.0), 2.0)
    check('improvement("throughput", 4.0, 2.0)', improvement("throughput", 4.0, 2.0), 0.5)


test_improvement()

# %% [markdown]
# ### From samples to metrics

# %% solution="derive"
#| export
#| hint -
#| hint -
#| hint -


def of_processes(side: Side) -> dict[str, list[float]]:
    """The timed metrics of a side, one value for each process.

    >>> side = {"single_stream": [[0.1, 0.3, 0.2]], "offline": [[0.5, 1.5]], "offline_items": 8}
    >>> of_processes(side)
    {'latency_p50': [0.2], 'latency_p90': [0.3], 'throughput': [8.0]}
    """
    ### BEGIN SOLUTION
    singles = [BenchmarkResult("single stream", [times], 1, {}) for times in side["single_stream"]]
    batches = [BenchmarkResult("offline", [times], side["offline_items"], {}) for times in side["offline"]]
    return {
        "latency_p50": [each.latency(50) for each in singles],
        "latency_p90": [each.latency(90) for each in singles],
        "throughput": [each.throughput for each in batches],
    }
    ### END SOLUTION


def accuracy(side: Side) -> float:
    """Right answers over all answers, of every process and both scenarios."""
    ### BEGIN SOLUTION
    right, asked = (sum(sum(counts) for counts in side[key].values()) for key in ("correct", "asked"))
    return right / asked
    ### END SOLUTION


def metrics_of(side: Side) -> dict[str, float]:
    """All metrics of a side, in the order of METRICS."""
    timed = {name: statistics.median(values) for name, values in of_processes(side).items()}
    counted = {name: side[name] for name in ("parameters", "file_bytes", "flops")}
    joules = energy(side["flops"], side["bytes_moved"]).joules
    peak = max(side["peak_memory_bytes"])
    found = timed | counted | {"accuracy": accuracy(side), "peak_memory_bytes": peak, "energy_joules": joules}
    return {name: found[name] for name in METRICS}


def interval(name: str, baseline: list[float], optimized: list[float]) -> list[float]:
    """The interval of an improvement, from one value of each process: module 19's bootstrap over rounds."""
    ### BEGIN SOLUTION
    if METRICS[name].better == "lower":
        return list(bootstrap_interval(baseline, optimized))
    return list(bootstrap_interval(optimized, baseline))
    ### END SOLUTION


def derive(samples: Samples) -> dict[str, Any]:
    """What follows from samples: {"metrics": of both sides, "improvements": ..., "intervals": of the timed ones}.

    >>> counts = {"single_stream": [3], "offline": [16]}
    >>> side = {"single_stream": [[0.1, 0.3, 0.2]], "offline": [[0.5, 1.5]], "offline_items": 8, "correct": counts}
    >>> side |= {"asked": counts, "peak_memory_bytes": [9], "parameters": 4, "file_bytes": 16}
    >>> side |= {"flops": 8, "bytes_moved": 4}
    >>> derive({"baseline": side, "optimized": side})["improvements"]["latency_p90"]
    1.0
    """
    baseline, optimized = (of_processes(samples[side]) for side in ("baseline", "optimized"))
    metrics = {side: metrics_of(samples[side]) for side in ("baseline", "optimized")}
    return {
        "metrics": metrics,
        "improvements": {n: improvement(n, metrics["baseline"][n], metrics["optimized"][n]) for n in METRICS},
        "intervals": {name: interval(name, baseline[name], optimized[name]) for name in TIMED},
    }


# %% test="derive" points=20
def some_side(seconds=0.01, items=4, processes=10, requests=10):
    """What was measured of a model that takes `seconds` for a request."""
    singles = [[seconds * (1 + 0.01 * i + 0.001 * p) for i in range(requests)] for p in range(processes)]
    batches = [[seconds * items / 2] * 3 for _ in range(processes)]
    asked = {"single_stream": [requests] * processes, "offline": [3 * items] * processes}
    correct = {"single_stream": [requests - 1] * processes, "offline": [3 * items] * processes}
    side = {"single_stream": singles, "offline": batches, "offline_items": items, "correct": correct, "asked": asked}
    counts = {"parameters": 100, "file_bytes": 400, "flops": 200, "bytes_moved": 800}
    return side | counts | {"peak_memory_bytes": [5000 + p for p in range(processes)]}


def test_derive():
    got = derive({"baseline": some_side(0.02), "optimized": some_side(0.01)})
    check("improvement of latency_p50", got["improvements"]["latency_p50"], 2.0)
    check("interval", got["intervals"]["throughput"], [2.0, 2.0])


test_derive()

# %% [markdown]
# ### Reading what a stranger wrote

# %% solution="read"
#| export
#| hint -
#| hint -
#| hint -
LIMIT = 2_000_000  # bytes: twenty times what a submission of 15 processes needs


class InvalidSubmission(ValueError):
    """A submission that does not hold. `problems`: sentences, each with the field, what stands there, what follows.

    >>> InvalidSubmission(["name: 7 stands there, and it must be text"]).problems
    ['name: 7 stands there, and it must be text']
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON as a dict; ValueError if it has a key twice."""
    ### BEGIN SOLUTION
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {given.shown(key)} stands there twice in one object")
        found[key] = value
    return found
    ### END SOLUTION


def finite(text: str) -> float:
    """A number of JSON; ValueError for what is none, or is too large for a float."""
    ### BEGIN SOLUTION
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} stands there, and it must be a finite number")
    return value
    ### END SOLUTION


def read_json(data: str | bytes | Path) -> Any:
    """The values of a JSON text or file; ValueError if it has more than LIMIT bytes, or is no strict JSON."""
    ### BEGIN SOLUTION
    if isinstance(data, Path):
        with data.open("rb") as file:
            data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError(f"this has more than {LIMIT:,} bytes, which no submission needs")
    try:
        return json.loads(data, object_pairs_hook=unique, parse_float=finite, parse_constant=finite)
    except RecursionError:
        raise ValueError("this JSON has more levels than a submission") from None
    ### END SOLUTION


# %% test="read" points=20
def test_read_json():
    check("read_json", read_json('{"a": [1, 2.5]}'), {"a": [1, 2.5]})


test_read_json()

# %% [markdown]
# ### What must agree

# %% solution="agree"
#| export
#| hint -
#| hint -
#| hint -


def counts_of(side: Side) -> Iterator[tuple[str, int, int]]:
    """(field, what stands there, what follows) for each count of a side that follows from its samples."""
    ### BEGIN SOLUTION
    asked, items = side["asked"], side["offline_items"]
    for scenario, each in (("single_stream", 1), ("offline", items)):
        for p, times in enumerate(side[scenario]):
            yield f"asked.{scenario}[{p}]", asked[scenario][p], each * len(times)
    ### END SOLUTION


def lengths(samples: Samples) -> Iterator[str]:
    """Complaints about lists that have not one entry for each round."""
    rounds = len(samples["baseline"]["single_stream"])
    for name, side in samples.items():
        lists = {key: side[key] for key in ("single_stream", "offline", "peak_memory_bytes")}
        lists |= {f"{key}.{each}": side[key][each] for key in ("correct", "asked") for each in side[key]}
        for key, values in lists.items():
            if len(values) != rounds:
                yield f"samples.{name}.{key}: {len(values)} processes stand there, and there are {rounds} rounds"


def contradictions(values: dict[str, Any]) -> Iterator[str]:
    """What the measured fields say against each other."""
    problems = list(lengths(values["samples"]))
    yield from problems
    if problems:
        return
    for name, side in values["samples"].items():
        for field, stands, follows in counts_of(side):
            if stands != follows:
                yield f"samples.{name}.{field}: {stands} stands there, {follows} follows from the times"
    yield from given.contradictions(values)


def differences(stands: Any, follows: Any, where: str = "") -> Iterator[str]:
    """A sentence for each number in which `stands` is not what `follows` from the samples."""
    ### BEGIN SOLUTION
    if isinstance(follows, dict):
        for key in follows:
            yield from differences(stands[key], follows[key], f"{where}.{key}".removeprefix("."))
    elif isinstance(follows, list):
        for i, each in enumerate(follows):
            yield from differences(stands[i], each, f"{where}[{i}]")
    elif not math.isclose(stands, follows, rel_tol=1e-9):
        yield f"{where}: {stands} stands there, {follows} follows from the samples"
    ### END SOLUTION


# %% test="agree" points=20
def test_differences():
    got = list(differences({"a": [1.0, 2.0]}, {"a": [1.0, 3.0]}))
    check("differences", got, ["a[1]: 2.0 stands there, 3.0 follows from the samples"])


test_differences()

# %% [markdown]
# ### The submission

# %% solution="submission"
#| export
#| hint -
#| hint -
#| hint -


@dataclass(frozen=True)
class Submission:
    """A claim and all that it rests on; the fields are those of the schema. `make` derives, `validate` reads.

    >>> [field.name for field in fields(Submission)][-4:]
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
        """The measured fields and what follows from them. InvalidSubmission if they do not hold."""
        values = {"version": 1, "created": given.now(), **measured}
        problems = given.schema_problems(values, derived=False) or list(contradictions(values))
        if problems:
            raise InvalidSubmission(problems)
        return validate(values | derive(values["samples"]))

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, as JSON has them."""
        return asdict(self)

    def to_json(self) -> str:
        """The text that `validate` reads."""
        return json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n"

    def write(self, path: str | Path) -> None:
        """The text into a file."""
        Path(path).write_text(self.to_json(), "utf-8")


def validate(source: str | bytes | Path | dict[str, Any]) -> Submission:
    """The submission in a text, a file (a Path) or a dict; InvalidSubmission with all its problems if it does not hold.

    >>> validate('{"version": 2}')
    Traceback (most recent call last):
    tinytorch.capstone.InvalidSubmission: version: 2 stands there, and this program reads version 1
    """
    try:
        values = read_json(json.dumps(source) if isinstance(source, dict) else source)
    except (ValueError, TypeError) as problem:
        raise InvalidSubmission([str(problem)]) from None
    ### BEGIN SOLUTION
    problems = given.schema_problems(values) or list(contradictions(values))
    if not problems:
        derived = derive(values["samples"])
        problems = list(differences({key: values[key] for key in derived}, derived))
    if problems:
        raise InvalidSubmission(problems)
    return Submission(**values)
    ### END SOLUTION


describe_system = given.describe_system
describe_tiers = given.describe_tiers
hash_files = given.hash_files

# %% test="submission" points=10
def some_fields(baseline=0.02, optimized=0.01, **changed):
    """The measured fields of a submission."""
    file = {"path": "artefacts/model.safetensors", "bytes": 400, "sha256": "0" * 64}
    files = [{"path": "entry.py", "bytes": 0, "sha256": "0" * 64}]
    found = {"name": "Ada", "title": "half the units", "track": "digits-cnn", "division": "closed"}
    found |= {"seeds": {"optimize": 0, "requests": 1}, "artefacts": [file]}
    found |= {"sources": {"sha256": given.list_hash(files), "files": files}}
    found |= {"tiers": describe_tiers(), "system": describe_system()}
    found["samples"] = {"baseline": some_side(baseline), "optimized": some_side(optimized)}
    return found | changed


def test_what_is_made_validates():
    made = Submission.make(**some_fields())
    check("validate(made.to_json()) == made", validate(made.to_json()) == made, True)


test_what_is_made_validates()

# %% [markdown]
# ### The leaderboard

# %% solution="leaderboard"
#| export
#| hint -
#| hint -
#| hint -


@dataclass(frozen=True)
class Row:
    """A line of the leaderboard; `rank` is None as long as nobody has verified it.

    >>> [field.name for field in fields(Row)]
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


def ranks(intervals: list[tuple[float, float]]) -> list[int]:
    """The rank of each interval: 1, and one more for each interval that lies wholly above it.

    >>> ranks([(1.0, 1.2), (3.0, 4.0), (2.5, 3.5)])
    [3, 1, 1]
    """
    ### BEGIN SOLUTION
    return [1 + sum(low > high for low, _ in intervals) for _, high in intervals]
    ### END SOLUTION


def front(points: list[tuple[float, float]]) -> list[bool]:
    """Whether each point (both coordinates: more is better) is on the Pareto front: no other point beats it.

    >>> front([(0.9, 3.0), (0.95, 2.0), (0.9, 2.0)])
    [True, True, False]
    """
    ### BEGIN SOLUTION
    return [not any(x >= a and y >= b and (x, y) != (a, b) for x, y in points) for a, b in points]
    ### END SOLUTION


class Leaderboard:
    """Submissions in the order of their improvement in one timed metric.

    >>> Leaderboard().rows("digits-cnn")
    []
    """

    def __init__(self, by: str = "latency_p90") -> None:
        if by not in TIMED:
            raise ValueError(f"ranks need an interval, which {', '.join(TIMED)} have, and {by!r} has not")
        self.by = by
        self.entries: list[tuple[Submission, bool, str]] = []

    def add(self, submission: Submission, verified: bool = False, label: str = "") -> None:
        """A claim, or a submission that somebody measured again; `label` is its name on the board."""
        self.entries.append((submission, verified, label or submission.name))

    def rows(self, track: str, division: str | None = None) -> list[Row]:
        """Of a track, and of one division or both: the verified ones by rank, then the claims."""
        chosen = [e for e in self.entries if e[0].track == track and division in (None, e[0].division)]
        known = [each for each in chosen if each[1]]
        ranked = ranks([(low, high) for low, high in (each[0].intervals[self.by] for each in known)])
        rows = [self._row(rank, *each) for rank, each in zip(ranked, known, strict=True)]
        rows.sort(key=lambda row: (row.rank, -row.improvement))
        claims = [self._row(None, *each) for each in chosen if not each[1]]
        return rows + sorted(claims, key=lambda row: -row.improvement)

    def _row(self, rank: int | None, submission: Submission, verified: bool, label: str) -> Row:
        low, high = submission.intervals[self.by]
        gain, right = submission.improvements[self.by], submission.metrics["optimized"]["accuracy"]
        return Row(rank, label, verified, gain, low, high, right, submission)

    def pareto(self, track: str, division: str | None = None) -> list[Row]:
        """The verified rows that no other one beats in accuracy and speed, the fastest first."""
        rows = [row for row in self.rows(track, division) if row.verified]
        kept = front([(row.accuracy, row.improvement) for row in rows])
        return sorted((row for row, keep in zip(rows, kept, strict=True) if keep), key=lambda row: -row.improvement)


# %% test="leaderboard" points=12
def test_ranks():
    check("ranks", ranks([(1.0, 1.2), (3.0, 4.0), (2.5, 3.5)]), [3, 1, 1])


test_ranks()

# %% [markdown]
# ## Use
#
# ## Measure
#
# ## Reflect

# %% [markdown]
# ## In PyTorch
#
# ## Today
