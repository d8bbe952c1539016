"""Capstone: each way in which a submission can be wrong, files of strangers, the leaderboard, what is installed."""

import copy
import json
import random
import tracemalloc

import numpy as np
import pytest

import tinytorch._capstone as record
from tinytorch.capstone import (
    LIMIT,
    METRICS,
    InvalidSubmission,
    Leaderboard,
    Submission,
    derive,
    finite_number,
    implied,
    improvement,
    leaves,
    mismatches,
    pareto_front,
    per_process,
    ranks,
    read_json,
    same,
    scatter,
    timed_answers,
    unique_keys,
    validate,
)
from tinytorch.testing import check, check_raises, check_true


def side(seconds, rng, processes=10, requests=12, items=4):
    """What ten processes of a model that needs about so many seconds might have measured."""
    luck = np.exp(0.1 * rng.standard_normal(processes))
    single = (seconds * luck[:, None] * np.exp(0.05 * rng.standard_normal((processes, requests)))).tolist()
    offline = (seconds * items / 2 * luck[:, None] * np.exp(0.05 * rng.standard_normal((processes, 3)))).tolist()
    asked = {"single_stream": [requests] * processes, "offline": [3 * items] * processes}
    correct = {key: [n - int(rng.integers(3)) for n in counts] for key, counts in asked.items()}
    counts = {"parameters": 1000, "file_bytes": 4000, "flops": 2000, "bytes_moved": 4000}
    memory = rng.integers(10**6, 2 * 10**6, processes).tolist()
    found = {"single_stream": single, "offline": offline, "offline_items": items, "correct": correct, "asked": asked}
    return {**found, "peak_memory_bytes": memory, **counts}


def fields(seed=0, baseline=0.02, optimized=0.01, **changed):
    """The measured fields of a submission that holds."""
    rng = np.random.default_rng(seed)
    files = [{"path": path, "bytes": 3, "sha256": "1" * 64} for path in ("modules/15_quantization.py", "entry.py")]
    artefacts = [{"path": "artefacts/model.safetensors", "bytes": 4000, "sha256": "0" * 64}]
    tier = {"name": "capstone", "version": "0.1.0", "build": "reference", "sha256": "2" * 64}
    blas = {"name": "openblas", "version": "0.3", "kernel": "Zen", "threads": 1}
    system = {"processor": "x", "flags": ["avx2"], "cores": 2, "memory_bytes": 4 * 10**9, "os": "Linux"}
    system |= {"python": "3.12.1", "numpy": "2.1.0", "blas": blas, "load": {"before": [0.5, 0.4, 0.3], "after": []}}
    found = {
        "created": "2026-05-01T12:00:00Z", "name": "Ada", "title": "half the units", "track": "digits-cnn",
        "division": "closed", "seeds": {"optimize": 0, "requests": 2**53 - 1}, "artefacts": artefacts,
        "sources": {"sha256": record.list_hash(files), "files": files},
        "tiers": [{**tier, "modules": [{"number": 20, "by": "reference"}]}], "system": system,
        "samples": {"baseline": side(baseline, rng), "optimized": side(optimized, rng)},
    }  # fmt: skip
    return {**found, **changed}


@pytest.fixture(scope="module")
def honest():
    return Submission.make(**fields())


def at(values, path):
    """The place of `path`, as keys split at points, in nested values: its container and its key."""
    *inner, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in inner:
        values = values[key]
    return values, last


def changed(honest, path, value):
    values = copy.deepcopy(honest.as_dict())
    container, key = at(values, path)
    container[key] = value(container[key]) if callable(value) else value
    return values


def refused(source):
    """The problems of what must not validate; none if it does, which the check then says."""
    try:
        validate(source)
    except InvalidSubmission as problem:
        return problem.problems
    return []


# -- what is recomputed ------------------------------------------------------------------------------------------------


def test_metrics_against_numpy(honest):
    """The same figures, from the definitions, with NumPy."""
    for name in ("baseline", "optimized"):
        got, given = honest.metrics[name], honest.samples[name]
        times = np.sort(given["single_stream"], axis=1)
        want = {"latency_p50": np.median(times[:, 5]), "latency_p90": np.median(times[:, 10])}
        want["throughput"] = np.median(12 / np.sum(given["offline"], axis=1))
        right = sum(sum(given["correct"][key]) for key in given["correct"])
        want |= {"accuracy": right / 240, "peak_memory_bytes": max(given["peak_memory_bytes"])}
        want |= {"parameters": 1000, "file_bytes": 4000, "flops": 2000}
        check(f"metrics of the {name} side", {key: got[key] for key in want}, {k: float(v) for k, v in want.items()})
        check("its energy in nJ", 1e9 * got["energy_joules"], 1e9 * (2000 * 2.3e-12 + 4000 * 160e-12))


def test_intervals_against_a_loop(honest):
    """Module 19's bootstrap, written as a loop over its draws."""
    draws = np.random.default_rng(0).integers(10, size=(2000, 10))
    p90 = {name: np.sort(s["single_stream"], axis=1)[:, 10] for name, s in honest.samples.items()}
    ratios = [np.median(p90["baseline"][rows]) / np.median(p90["optimized"][rows]) for rows in draws]
    want = np.quantile(ratios, [0.0025, 0.9975]).tolist()
    check("the interval of latency_p90", honest.intervals["latency_p90"], want)


def test_the_order_of_fields_does_not_matter(honest):
    values = json.loads(json.dumps(honest.as_dict(), sort_keys=True))
    check("validate of the same fields, sorted by name", validate(values) == honest, True)


def test_improvement_of_every_metric():
    for name, metric in METRICS.items():
        want = 2.0 if metric.better == "lower" else 0.5
        got = improvement(name, 2.0, 1.0)
        check(f'improvement("{name}", 2.0, 1.0): {metric.better} is better', got, want)
        check(f"the type of improvement({name!r}, 2.0, 1.0)", type(got), float)
    check_raises('improvement of a metric "speed", which there is not', lambda: improvement("speed", 1, 2), KeyError)


def test_answers_as_they_come():
    calls = []

    def predict(request):
        calls.append(request)
        return np.array(request)

    endless = iter(range(3))
    _, answers = timed_answers(predict, endless)
    check("the requests of three answers, each asked once", calls, [0, 1, 2])
    got = [(answer.dtype.kind, answer.shape) for answer in answers]
    check("dtype and shape of the answers to whole numbers", got, [("i", ())] * 3)

    def broken(request):
        raise OverflowError("no answer")

    call = "timed_answers of a model that raises OverflowError"
    check_raises(call, lambda: timed_answers(broken, [1]), OverflowError)


def test_percentiles_of_uneven_counts():
    for n in (10, 16, 25, 31):
        times = [float(i) for i in range(n, 0, -1)]
        side = {"single_stream": [list(times)], "offline": [[1.0]], "offline_items": 1}
        got = per_process(side)["latency_p90"]
        check(f"latency_p90 of the requests {n}, {n - 1}, ..., 1", got, [float(np.ceil(0.9 * n))])
        check("the requests afterwards, in their order", side["single_stream"], [times])


def test_the_order_of_sides():
    rng = np.random.default_rng(5)
    samples = {"baseline": side(0.02, rng), "optimized": side(0.01, rng)}
    before = copy.deepcopy(samples)
    got = derive(dict(reversed(samples.items())))
    check("derive of samples with the optimized side first", got == derive(samples), True)
    check("the samples afterwards", samples == before, True)
    for name in METRICS:
        pair = got["metrics"]["baseline"][name], got["metrics"]["optimized"][name]
        check(f"the improvement of {name}, from the metrics", got["improvements"][name], improvement(name, *pair))


def test_what_is_the_same():
    for one, other, want in [
        (float("nan"), 0.9, False), (0.9, float("nan"), False), (0.0, 0.0, True), (0.0, 1e-300, False),
        (1 + 5e-10, 1.0, True), (1 + 2e-9, 1.0, False), (10**10 + 1, 10**10, True),
        ("0" * 62 + "e1", "0" * 64, False), ("1", "1.0", False), ("ab", "ab", True),
    ]:  # fmt: skip
        check(f"same({one!r}, {other!r})", same(one, other), want)


def test_leaves_that_say_nothing():
    reported, recomputed = {"b": None, "a": {"d": 0, "c": ""}}, {"b": 1, "a": {"d": 0, "c": ""}}
    want = [("x.b", None, 1), ("x.a.d", 0, 0), ("x.a.c", "", "")]
    got = list(leaves(reported, recomputed, "x"))
    check_true("leaves of None, 0 and an empty string, in their order", got == want, f"got {got}")
    got = mismatches([("x", 1, 2), ("x", 3, 4)])
    check("two mismatches of one field: how many sentences", len(got), 2)


def test_counts_of_uneven_sides(honest):
    values = copy.deepcopy(honest.as_dict())
    optimized = values["samples"]["optimized"]
    optimized["offline_items"] = 8
    optimized["single_stream"][3] = optimized["single_stream"][3][:11]
    values["artefacts"] = [{**values["artefacts"][0], "path": f"artefacts/{n}", "bytes": 100 + n} for n in range(3)]
    got = {field: recomputed for field, _, recomputed in implied(values)}
    check("answers of a process with 11 requests", got["samples.optimized.asked.single_stream[3]"], 11)
    check("answers of the process after it, with 12", got["samples.optimized.asked.single_stream[4]"], 12)
    check("answers to three batches of 8 items", got["samples.optimized.asked.offline[0]"], 24)
    check("answers to three of the baseline, of 4 items", got["samples.baseline.asked.offline[0]"], 12)
    check("file_bytes of three artefacts", got["samples.optimized.file_bytes"], 303)


def test_every_problem_is_told(honest):
    values = copy.deepcopy(honest.as_dict())
    for part in ("metrics.baseline", "metrics.optimized", "improvements"):
        container, key = at(values, part)
        container[key] = {name: value * 1.5 for name, value in container[key].items()}
    values["intervals"]["throughput"] = [0.1, 0.2]
    check("27 wrong metrics and improvements, and an interval: how many problems", len(refused(values)), 29)


def test_the_callers_dict_stays(honest):
    values = honest.as_dict()
    before = copy.deepcopy(values)
    got = validate(values)
    check("the dict after validate", values == before, True)
    values["samples"]["optimized"]["single_stream"][0][0] = 99.0
    values["seeds"]["optimize"] = 7
    check("the submission, after a change of the dict that it was made from", got == honest, True)


def test_values_that_json_has_not(honest):
    for path, value in [("system.load.after", [float("inf")]), ("created", np.datetime64("2026-05-01T12:00:00"))]:
        check_true(f"{path} = {value!r} is refused", bool(refused(changed(honest, path, value))))
    check_raises(
        "to_json of a seed that is a NumPy number",
        Submission(**changed(honest, "seeds", {"optimize": np.float32(1), "requests": 1})).to_json,
        (TypeError, ValueError),
    )
    said = Submission.make(**fields(title="NaN and Infinity hunt"))
    check("a title that has the word NaN", validate(said.to_json()) == said, True)


def test_make_says_all():
    wrong = fields(name=7, track="../x")
    for part in ("name", "track"):
        check_raises("make with a wrong name and track", lambda: Submission.make(**wrong), InvalidSubmission, part)
    call = lambda: Submission.make(**fields(), nmae="x")  # noqa: E731
    check_raises('make with a field "nmae"', call, (InvalidSubmission, TypeError), "nmae")
    values = fields()
    values["samples"]["optimized"]["asked"]["offline"][2] += 1
    call = "make with a count that does not follow"
    check_raises(call, lambda: Submission.make(**values), InvalidSubmission, "asked")


def test_make(honest):
    call = lambda: Submission.make(**fields(name=True))  # noqa: E731
    said = check_raises("make(name=True)", call, InvalidSubmission, "name", "true")
    check_true("InvalidSubmission is a ValueError", isinstance(said, ValueError))
    check_raises("make without samples", lambda: Submission.make(name="x"), InvalidSubmission, "missing")
    made = Submission.make(**changed(honest, "metrics.optimized.accuracy", 99.0))
    check("make derives the metrics whatever was handed in", made == honest, True)


# -- what is refused, in words -----------------------------------------------------------------------------------------

TIME, COUNT = "samples.optimized.single_stream.3.5", "samples.baseline.correct.offline.2"
PATHS = ["../x", "a/../b", "..", "/etc/passwd", "a//b", "a\\b", "C:x", ".hidden", "a/", "", "a\n", "a b", "é"]
FORM = [
    (TIME, 0.0, ["samples.optimized.single_stream[3][5]", "0.0", "positive"]),
    (TIME, -0.001, ["single_stream[3][5]", "-0.001", "positive"]),
    (TIME, 1e6, ["single_stream[3][5]", "1000000.0", "day"]),
    (TIME, True, ["single_stream[3][5]", "true", "positive"]),
    (TIME, "0.1", ["single_stream[3][5]", "'0.1'", "seconds"]),
    (TIME, None, ["single_stream[3][5]", "null"]),
    ("samples.optimized.single_stream", lambda s: s[:9], ["optimized.single_stream", "9 entries", "at least 10"]),
    ("samples.optimized.single_stream.4", lambda s: s[:9], ["single_stream[4]", "9 entries", "at least 10"]),
    ("samples.optimized.offline.4", [], ["offline[4]", "0 entries", "at least 1"]),
    ("samples.baseline.offline", lambda s: [*s, [0.1]], ["baseline.offline", "11 processes", "list has 10"]),
    ("samples.baseline.peak_memory_bytes", lambda s: [*s, 1], ["peak_memory_bytes", "11 processes", "list has 10"]),
    ("samples.baseline.asked.offline", lambda s: [*s, 12], ["asked.offline", "11 processes", "list has 10"]),
    (COUNT, 13, ["samples.baseline.correct.offline[2]", "13", "12"]),
    (COUNT, -1, ["correct.offline[2]", "-1", "0 or more"]),
    (COUNT, 2.5, ["correct.offline[2]", "2.5", "whole number"]),
    (COUNT, True, ["correct.offline[2]", "true", "whole number"]),
    ("samples.baseline.asked.offline.2", 13, ["asked.offline[2]", "reported 13", "recomputed 12"]),
    ("samples.optimized.asked.single_stream.0", 11, ["asked.single_stream[0]", "reported 11", "recomputed 12"]),
    ("samples.optimized.file_bytes", 3999, ["samples.optimized.file_bytes", "reported 3999", "recomputed 4000"]),
    ("samples.optimized.parameters", 0, ["parameters", "0", "1 or more"]),
    ("samples.optimized.flops", 2**53, ["flops", "or less"]),
    ("samples.extra", {}, ["samples", "'extra'"]),
    ("version", 2, ["version", "expected 1", "got 2"]),
    ("version", True, ["version", "true"]),
    ("version", "1", ["version", "'1'"]),
    ("created", "yesterday", ["created", "yesterday", "UTC"]),
    ("created", "2026-02-30T12:00:00Z", ["created", "2026-02-30", "calendar"]),
    ("created", "2026-05-01T12:00:00Z\n", ["created", "UTC"]),
    ("name", "", ["name", "at least 1"]),
    ("name", "x" * 81, ["name", "at most 80"]),
    ("name", 7, ["name", "got 7", "a string"]),
    ("name", "a\x1b[2J", ["name", "control"]),
    ("name", "abc\u202e", ["name", "control"]),
    ("name", "a\ud800", ["name", "control"]),
    ("track", "../digits", ["track", "../digits"]),
    ("division", "ajar", ["division", "ajar", "closed"]),
    ("seeds", {"optimize": 1}, ["seeds", "requests", "missing"]),
    ("seeds.optimize", 2**53, ["seeds.optimize", "or less"]),
    ("unknown", 1, ["'unknown'"]),
    ("artefacts", [], ["artefacts", "0 entries"]),
    ("artefacts.0.sha256", "0" * 63, ["artefacts[0].sha256", "64"]),
    ("artefacts.0.sha256", "g" * 64, ["artefacts[0].sha256", "64"]),
    ("artefacts.0.sha256", "A" * 64, ["artefacts[0].sha256", "64"]),
    ("artefacts.0.sha256", "0" * 64 + "\n", ["artefacts[0].sha256", "64"]),
    ("sources.sha256", "0" * 64, ["sources.sha256", "reported 0000", "recomputed"]),
    ("sources.files.0.bytes", 4, ["sources.sha256", "recomputed"]),
    ("sources.files.0.sha256", "3" * 64, ["sources.sha256", "recomputed"]),
    *(("sources.files.1.path", path, ["sources.files[1].path", "inside the submission"]) for path in PATHS),
    ("sources.files.1.path", "modules/15_quantization.py", ["sources.files", "twice"]),
    ("tiers.0.modules.0.by", "me", ["tiers[0].modules[0].by", "'me'"]),
    ("tiers.0.modules", [{"number": 20, "by": "loan"}] * 2, ["tiers", "20", "twice"]),
    ("tiers.0.sha256", "no hash", ["tiers[0].sha256", "no hash"]),
    ("system.blas.threads", 0, ["system.blas.threads", "1 or more"]),
    ("system.cores", 2.5, ["system.cores", "whole number"]),
    ("system", "fast", ["system", "fast", "object"]),
]


@pytest.mark.parametrize(("path", "value", "words"), FORM, ids=[f"{n}-{path}" for n, (path, *_) in enumerate(FORM)])
def test_a_wrong_measured_field(honest, path, value, words):
    said = "\n".join(refused(changed(honest, path, value)))
    good = all(word.lower() in said.lower() for word in words)
    check_true(f"{path} = {value!r:.40} is refused in words that have {words}", good, f"said: {said or 'nothing'}")


NINE = ["accuracy", "energy_joules", "file_bytes", "flops", "parameters", "peak_memory_bytes", "throughput"]
NINE += ["latency_p50", "latency_p90"]
DERIVED = [f"metrics.{name}.{metric}" for name in ("baseline", "optimized") for metric in NINE]
DERIVED += [f"improvements.{metric}" for metric in NINE]
DERIVED += [f"intervals.{metric}.{end}" for metric in ("latency_p50", "latency_p90", "throughput") for end in (0, 1)]


def numbers(values, path=""):
    """The path of every number."""
    if isinstance(values, dict | list):
        for key, value in values.items() if isinstance(values, dict) else enumerate(values):
            yield from numbers(value, f"{path}.{key}".removeprefix("."))
    else:
        yield path


def test_these_are_all_derived_numbers(honest):
    there = list(numbers({name: getattr(honest, name) for name in ("metrics", "improvements", "intervals")}))
    check_true("every derived number is tried below", sorted(there) == sorted(DERIVED), f"{len(there)} of them")


@pytest.mark.parametrize("path", DERIVED)
def test_a_derived_field_that_does_not_follow(honest, path):
    factor = random.Random(path).choice([100, 1.0001, 0.9999, -1])
    values = changed(honest, path, lambda value: value * factor)
    container, key = at(values, path)
    said = refused(values)
    field = ".".join(f"[{key}]" if key.isdigit() else key for key in path.split(".")).replace(".[", "[")
    good = len(said) == 1 and said[0].startswith(f"{field}: reported {container[key]}, recomputed ")
    check_true(f"{path} times {factor} is the only problem, with both values", good, str(said))


@pytest.mark.parametrize("path", ["metrics.optimized.accuracy", "improvements.flops", "intervals.throughput"])
def test_a_derived_field_that_is_missing(honest, path):
    values = honest.as_dict()
    container, key = at(values, path)
    del container[key]
    check_true(f"{path} missing is refused", any("missing" in said for said in refused(values)), str(refused(values)))


def test_too_large_numbers(honest):
    for value in (10**400, -(10**400), 1e301):
        for path in ("metrics.optimized.accuracy", TIME, COUNT):
            said = refused(changed(honest, path, value))
            check_true(f"{path} of {len(str(value))} digits is refused", len(said) == 1, str(said))
    said = refused(honest.to_json().replace('"version": 1', '"version": 1' + "0" * 5000))
    check_true("a whole number of 5,000 digits is refused", len(said) == 1, str(said))


def test_a_list_that_is_far_too_long(honest):
    """It is not looked into: each of a million entries would cost the reader microseconds."""
    for path in ("samples.baseline.correct.offline", TIME.rpartition(".")[0]):
        said = refused(changed(honest, path, [-1] * 200_000))
        good = len(said) == 1 and "at most" in said[0]
        check_true(f"200,000 wrong entries in {path} are one problem", good, str(said))


def test_no_right_answer(honest):
    """No improvement over an accuracy of 0, and no ZeroDivisionError."""
    values = honest.as_dict()
    values["samples"]["baseline"]["correct"] = {"single_stream": [0] * 10, "offline": [0] * 10}
    said = refused(values)
    check_true("a baseline that is never right is refused", "no right answer" in said[0], str(said))
    nothing_right = fields()
    nothing_right["samples"]["optimized"]["correct"] = {"single_stream": [0] * 10, "offline": [0] * 10}
    check("accuracy of 0 over a baseline", Submission.make(**nothing_right).improvements["accuracy"], 0.0)


def test_many_problems_are_cut(honest):
    values = honest.as_dict()
    values["samples"]["baseline"]["single_stream"] = [[-1.0] * 1000] * 10
    said = refused(values)
    check_true("of 10,000 wrong times some twenty are reported", 1 < len(said) <= 20, f"{len(said)} problems")


# -- files of strangers ------------------------------------------------------------------------------------------------

TEXTS = {
    "nothing": ("", "expecting"),
    "no JSON": ("{'version': 1}", "expecting"),
    "NaN": ('{"version": NaN}', "NaN"),
    "minus infinity": ('{"version": -Infinity}', "Infinity"),
    "infinity by size": ('{"version": 1e999}', "1e999"),
    "a duplicate key": ('{"version": 1, "version": 1}', "twice"),
    "a duplicate key inside": ('{"version": 1, "seeds": {"optimize": 1, "optimize": 2}}', "optimize"),
    "brackets": ("[" * 100_000, "nested"),
    "objects": ('{"a":' * 100_000, "nested"),
    "3 MB": (" " * 3_000_000, "2,000,000"),
    "a list": ("[]", "object"),
    "a number": ("7", "object"),
    "nothing at all": ("null", "object"),
    "two values": ("{} {}", "extra"),
    "no version": ("{}", "version"),
    "bytes that are no UTF-8": (b'{"name": "\xff"}', "utf-8"),
    "NUL": ("\0", "expecting"),
}


@pytest.mark.parametrize("which", TEXTS)
def test_what_is_no_submission(which, tmp_path):
    text, word = TEXTS[which]
    path = tmp_path / "submission.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    for call, source in (("validate(text)", text), ("validate(path)", path)):
        check_raises(f"{call} of {which}", lambda source=source: validate(source), InvalidSubmission, word)


def test_every_duplicate_key():
    for pairs in ([("a", 1), ("a", 2), ("b", 3)], [("b", 1), ("a", 2), ("a", 3)], [("a", 1), ("b", 2), ("a", 3)]):
        check_raises(f"unique_keys({pairs})", lambda pairs=pairs: unique_keys(pairs), ValueError, "a", "twice")
    check('unique_keys([("a", 1), ("A", 2)]): two keys', unique_keys([("a", 1), ("A", 2)]), {"a": 1, "A": 2})
    for key in ("\x1b[2J", "x" * 100_000):
        said = str(check_raises(f"a key {key!r:.12} twice", lambda key=key: unique_keys([(key, 1)] * 2), ValueError))
        good = len(said) < 500 and "\x1b" not in said
        check_true("the message is short and has no control character", good, said[:80])


def test_numbers_at_the_edge():
    check('finite_number("1.7e308")', finite_number("1.7e308"), 1.7e308)
    for text in ("1E999", "10e308", "-1E400"):
        check_raises(f'finite_number("{text}")', lambda text=text: finite_number(text), ValueError)


def test_files_at_the_limit(tmp_path):
    exact, beyond = b"7".ljust(LIMIT), b"7".ljust(LIMIT + 1)
    path = tmp_path / "exact.json"
    path.write_bytes(exact)
    check("read_json of a file of LIMIT bytes", read_json(path), 7)
    check_raises("read_json of LIMIT + 1 bytes", lambda: read_json(beyond), ValueError, f"{LIMIT:,}")
    check("read_json of 2,001 empty lists in a list", len(read_json("[" + "[]," * 2000 + "[]]")), 2001)
    check_raises("read_json of a string with a raw line break", lambda: read_json('"a\nb"'), ValueError)


def test_no_more_is_read_than_is_looked_at(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    check_raises("read_json of a file of 100 MB", lambda: read_json(path), ValueError)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    check_true("at most a few MB of it are in memory", peak < 20_000_000, f"{peak:,} bytes")


def test_dicts_that_are_no_json():
    circle = {"version": 1}
    circle["name"] = circle
    deep = {"version": 1}
    for _ in range(100_000):
        deep = {"name": deep}
    for what, values in [
        ("NaN", {"version": float("nan")}),
        ("an array", {"version": np.ones(3)}),
        ("bytes", {"version": b"1"}),
        ("a circle", circle),
        ("100,000 levels", deep),
        ("keys that are tuples", {(1, 2): 3}),
    ]:
        check_raises(f"validate of a dict with {what}", lambda values=values: validate(values), InvalidSubmission)
    while isinstance(deep, dict) and "name" in deep:  # or freeing it would recurse as deeply
        deep = deep.pop("name")


def test_random_damage(honest):
    """Whatever is cut out of or put into the text: it validates as it was, or InvalidSubmission, and nothing else."""
    text, rng, damaged = honest.to_json(), random.Random(0), 0
    for _ in range(40):
        start, other = rng.randrange(len(text)), rng.choice(["", "0", "-", "e9", "[", '"', "}", "null", "\ud800"])
        other = text[:start] + other + text[start + rng.randrange(9) :]
        try:
            validate(other)
        except InvalidSubmission:
            damaged += 1
    check_true("most random damage is noticed", damaged > 26, f"{damaged} of 40")


def test_write_and_read_again(honest, tmp_path):
    honest.write(tmp_path / "submission.json")
    check("validate(path) == what was written", validate(tmp_path / "submission.json") == honest, True)
    check("and of its bytes", validate((tmp_path / "submission.json").read_bytes()) == honest, True)
    check_raises("validate of a path that is not there", lambda: validate(tmp_path / "no.json"), OSError)


def test_a_number_that_is_not_finite_is_not_written(honest):
    values = changed(honest, TIME, float("nan"))
    check_raises("to_json of a time that is nan", Submission(**values).to_json, ValueError)


# -- the leaderboard ---------------------------------------------------------------------------------------------------


def test_ranks_against_a_loop():
    rng = np.random.default_rng(1)
    for n in (1, 2, 7, 30):
        low = rng.random(n)
        pairs = list(zip(low.tolist(), (low + 0.2 * rng.random(n)).tolist(), strict=True))
        want = []
        for _, high in pairs:
            above = [other for other in pairs if other[0] > high]
            want.append(len(above) + 1)
        check(f"ranks of {n} random intervals", ranks(pairs), want)


def test_front_against_sorting():
    """From the fastest on, whoever is more accurate than all before."""
    rng = np.random.default_rng(2)
    points = [(float(x), float(y)) for x, y in rng.integers(0, 6, (40, 2))]
    want, best = set(), -1.0
    for x in sorted({x for x, _ in points}, reverse=True):
        top = max(y for other, y in points if other == x)
        if top > best:
            want.add((x, top))
            best = top
    check("pareto_front of 40 points", pareto_front(points), [point in want for point in points])


def test_identical_entries_share_a_rank():
    """Eight measurements of one model: the noise places nobody below another."""
    board = Leaderboard()
    for seed in range(8):
        board.add(Submission.make(**fields(seed)), verified=True, label=str(seed))
    found = [row.rank for row in board.rows("digits-cnn")]
    check("the ranks of eight equal entries", found, [1] * 8)


def test_another_metric_and_no_metric():
    fast = fields(1, optimized=0.002)
    board = Leaderboard(by="throughput")
    board.add(Submission.make(**fields(2)), verified=True, label="slow")
    board.add(Submission.make(**fast), verified=True, label="fast")
    rows = board.rows("digits-cnn")
    check_true("by throughput the fast one is first", [row.label for row in rows] == ["fast", "slow"], str(rows)[:200])
    check("its improvement", rows[0].improvement, rows[0].submission.improvements["throughput"])
    check_raises('Leaderboard(by="accuracy")', lambda: Leaderboard(by="accuracy"), ValueError, "accuracy", "interval")


def test_the_board_keeps_its_entries():
    board = Leaderboard()
    board.add(Submission.make(**fields(1)), verified=True)
    first, again = board.rows("digits-cnn"), board.rows("digits-cnn")
    check("rows, asked for twice", first == again, True)
    check("rows of a track that nobody entered", board.rows("other"), [])
    check("the front of it", board.pareto("other"), [])


def test_pareto_front_to_the_last_bit():
    check("pareto_front([(1.0, 1.0), (1.0005, 1.0)])", pareto_front([(1.0, 1.0), (1.0005, 1.0)]), [False, True])


def test_scatter_of_little():
    for points in ([], [(1.0, 0.9), (2.0, 0.9)], [(1.0, 1.0), (1.0, 2.0)]):
        got = scatter(points, ["a", "b"][: len(points)], 4, 2)
        check(f"lines of scatter({points}, height=2)", len(got.split("\n")), 3)
        check("its marks", sorted(got.replace(" ", "").replace("\n", "")), ["a", "b"][: len(points)])


def with_intervals(board, *triples):
    """Adds verified rows with these improvements and intervals."""
    for number, (better, low, high) in enumerate(triples):
        values = Submission.make(**fields(number)).as_dict()
        values["improvements"]["latency_p90"], values["intervals"]["latency_p90"] = better, [low, high]
        board.add(Submission(**values), verified=True, label=str(number))
    return board


def test_rows_are_sorted_by_rank_and_then_by_improvement():
    board = with_intervals(Leaderboard(), (2.0, 1.0, 9.0), (2.5, 2.0, 3.0), (4.5, 4.0, 5.0), (2.2, 1.0, 9.0))
    entries = list(board.entries)
    got = [(row.rank, row.label) for row in board.rows("digits-cnn")]
    want = [(1, "2"), (1, "3"), (1, "0"), (2, "1")]
    check_true("ranks and rows of two wide and two narrow intervals", got == want, f"got {got}")
    check_true("the board's entries, in the order in which they were added", board.entries == entries)
    for track in ("digits", "Digits-CNN", "digits-cnn-2"):
        check(f"rows of {track}", board.rows(track), [])


def test_the_front_is_of_one_division():
    board = Leaderboard()
    for n, (division, optimized) in enumerate([("closed", 0.01), ("open", 0.001), ("closed", 0.01)]):
        board.add(Submission.make(**fields(0, optimized=optimized, division=division)), True, f"{n} {division}")
    front = lambda *which: [row.label for row in board.pareto("digits-cnn", *which)]  # noqa: E731
    check("the front of the closed division, of two equal entries", front("closed"), ["0 closed", "2 closed"])
    check("the front of both divisions", front(), ["1 open"])
    rows = board.rows("digits-cnn", "closed")
    check("the rows of the front are rows", all(row in rows for row in board.pareto("digits-cnn", "closed")), True)


def test_a_row_says_what_was_added(honest):
    board = Leaderboard()
    board.add(honest, label="claim")
    board.add(honest)
    board.add(honest)
    rows = board.rows("digits-cnn")
    check("labels of three unverified rows", sorted(row.label for row in rows), ["Ada", "Ada", "claim"])
    check("the accuracy of a row", rows[0].accuracy, honest.metrics["optimized"]["accuracy"])
