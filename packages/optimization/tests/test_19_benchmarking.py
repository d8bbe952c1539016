"""Benchmarking: 200 verdicts on identical code for each kind of noise, real processes, files, bad input."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tinytorch.benchmarking import (
    Benchmark,
    BenchmarkResult,
    Comparison,
    bootstrap_interval,
    compare,
    fresh_process,
    judge,
    machine_facts,
    orders,
    program,
    ratio_of_medians,
    verdict,
    warm_up,
)
from tinytorch.testing import check, check_raises, check_true

TRIALS = 200


class Machine:
    """A simulated machine. `slowness(generator, n)` is the factor of each of its n processes, in the order of time."""

    def __init__(self, slowness, seed, rounds):
        self.generator = np.random.default_rng(seed)
        self.factors = iter(slowness(self.generator, 2 * rounds))

    def side(self, name, seconds=1e-3):
        return Side(self, name, seconds)


class Side:
    """Stands in for a Benchmark: a sample takes no time, and costs one process of the simulated machine."""

    def __init__(self, machine, name, seconds):
        self.machine, self.name, self.seconds = machine, name, seconds

    def sample(self, blocks=20, limit=60.0):
        jitter = np.exp(0.01 * self.machine.generator.standard_normal(blocks))
        return (self.seconds * next(self.machine.factors) * jitter).tolist()

    def result(self, samples):
        return BenchmarkResult(self.name, samples, 1, {})


def offsets(rng, n):
    return np.exp(0.28 * rng.standard_normal(n))


def small_offsets(rng, n):
    return np.exp(0.05 * rng.standard_normal(n))


def heavy_tails(rng, n):
    return 1 + 0.02 * rng.pareto(1.1, n)


def drift(rng, n):
    return np.linspace(1, 1.5, n) * np.exp(0.03 * rng.standard_normal(n))


def two_speeds(rng, n):
    return np.where(rng.random(n) < 0.5, 1.3, 1.0) * np.exp(0.01 * rng.standard_normal(n))


def the_second_is_slower(rng, n):
    """Whoever comes second in a round finds the machine hot."""
    return np.tile([1.0, 1.04], n // 2) * np.exp(0.02 * rng.standard_normal(n))


NOISE = [offsets, heavy_tails, drift, two_speeds, the_second_is_slower]


def verdicts(slowness, true, rounds=15, trials=TRIALS):
    """What `compare` says in each trial, a taking `true` of b's time."""
    for seed in range(trials):
        machine = Machine(slowness, seed, rounds)
        yield compare(machine.side("a", true * 1e-3), machine.side("b"), rounds=rounds, seed=seed).verdict


@pytest.mark.parametrize("slowness", NOISE, ids=lambda slowness: slowness.__name__)
def test_identical_code_is_not_told_apart(slowness):
    said = list(verdicts(slowness, true=1.0))
    wrong = TRIALS - said.count("cannot tell")
    statement = f"at most 2 % of {TRIALS} verdicts on identical code are wrong, noise: {slowness.__name__}"
    check_true(statement, wrong <= 0.02 * TRIALS, f"{wrong} were wrong, the first are {said[:8]}")


@pytest.mark.parametrize(("slowness", "true"), [(small_offsets, 0.85), (drift, 0.9), (heavy_tails, 0.85)])
def test_a_difference_is_found(slowness, true):
    said = list(verdicts(slowness, true, trials=30))
    statement = f"a, at {true} of b's time, is found faster in 21 of 30 trials at least, noise: {slowness.__name__}"
    # far below what the draws of one answer give, which is 25 to 30: others draw differently
    check_true(statement, said.count("faster") >= 21, f"faster in {said.count('faster')}")
    check(f"the number of trials in which a, at {true} of b's time, is found slower", said.count("slower"), 0)


def test_real_processes():
    quick = Benchmark("ten", "sum(range(10))", items=10)
    slow = Benchmark("ten thousand", "sum(range(10_000))", items=10_000)
    got = compare(slow, quick, rounds=10, blocks=3)
    check("compare(ten thousand, ten).verdict", got.verdict, "slower")
    check_true("the ratio is in its interval, far above 1", 1 < got.low <= got.ratio <= got.high, str(got))
    check("processes and blocks", [len(got.a.seconds), {len(each) for each in got.b.seconds}], [10, {3}])
    check_true("the names are in the text", "ten thousand" in str(got) and "slower" in str(got), str(got))


def test_the_framework_in_a_fresh_process():
    setup = """
        from tinytorch.core.tensor import randn
        x = randn(8, 8)
    """
    check_raises("a setup that is indented", lambda: Benchmark("product", "x @ x", setup), SyntaxError)
    task = Benchmark("product", "x @ x", "from tinytorch.core.tensor import randn\nx = randn(8, 8)", items=8)
    check("len(sample(blocks=3))", len(task.sample(blocks=3)), 3)


def test_a_step_of_several_lines():
    task = Benchmark("lines", "\n    total = 0\n    for i in range(10):\n        total += i\n", threads=2)
    result = task.run(processes=2, blocks=4)
    check("its blocks", [len(blocks) for blocks in result.seconds], [4, 4])
    check("the threads of its machine", result.machine["threads"], 2)


def test_a_slow_step_is_a_block_by_itself():
    times = Benchmark("sleep", "time.sleep(0.004)", "import time").sample(blocks=3)
    check_true("a step that sleeps 4 ms takes at least that", min(times) >= 0.004, str(times))


def test_a_task_that_fails():
    for step, word in [("1 / 0", "ZeroDivisionError"), ("import no_such_module", "no_such_module")]:
        check_raises(f"sample() of {step!r}", Benchmark("bad", step).sample, RuntimeError, word)
    check_raises("a process that is gone", Benchmark("gone", "import os; os._exit(3)").sample, RuntimeError, 3)
    slow = Benchmark("slow", "time.sleep(9)", "import time")
    check_raises("sample(limit=0.3) of 9 seconds", lambda: slow.sample(limit=0.3), RuntimeError, "slow", "0.3")


def test_no_answer_is_no_sample():
    """A process that ends well and says nothing must not count as one that took no time."""
    check("len(sample(blocks=1)) of a step that is well", len(Benchmark("well", "1 + 1").sample(blocks=1)), 1)
    for end in ("import os; os._exit(0)", "raise SystemExit(0)"):
        check_raises(f"sample() of a step that ends its process, {end}", Benchmark("silent", end).sample, RuntimeError)
    check_raises("sample() of a setup that does", Benchmark("silent", "1", "raise SystemExit").sample, RuntimeError)


TEXTS = ["a\nb", "a\n    b", "a\n   \n\nb", "\n"]


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_a_text_of_several_lines_in_a_step(text):
    made, wanted = f's, f = """{text}""", f"""{{x}}{text}"""', (text, "1" + text)
    lines = ["x = 1", made, f"assert (s, f) == {wanted!r}, (s, f)"]
    for what, step in (("", "\n".join(lines)), (", indented", "\n" + "".join(f"    {line}\n" for line in lines))):
        samples = Benchmark("text", step).sample(blocks=1)
        check(f"len(sample(blocks=1)) of a step with the text {text!r}{what}", len(samples), 1)


def test_bad_tasks():
    check_raises("a function as the step", lambda: Benchmark("f", print), TypeError, "text")
    check_raises("an empty step", lambda: Benchmark("nothing", "  "), ValueError, "nothing", "no step")
    check_raises("a step that is no Python", lambda: Benchmark("x", "for"), SyntaxError)
    one = Benchmark("one", "1 + 1")
    check("len(run(processes=2, blocks=1).medians)", len(one.run(processes=2, blocks=1).medians), 2)
    check_raises("compare(rounds=9)", lambda: compare(one, one, rounds=9), ValueError, 9, 10)
    for n in (0, -3, 1.5, True, "2"):
        for name in ("items", "threads"):
            call = lambda name=name, n=n: Benchmark("one", "1 + 1", **{name: n})  # noqa: E731
            check_raises(f"Benchmark({name}={n!r})", call, ValueError, name, repr(n))
        check_raises(f"sample(blocks={n!r})", lambda n=n: one.sample(n), ValueError, "blocks", repr(n))


def test_the_program_stands_alone():
    """The fresh process imports nothing but the standard library: neither NumPy nor tinytorch in a task of neither."""
    check_true("no NumPy in the program", "numpy" not in program() and "np." not in program())
    setup = "import sys\nassert 'numpy' not in sys.modules and 'tinytorch' not in sys.modules"
    task = {"setup": setup, "function": "def step():\n    1 + 1\n", "blocks": 1}
    check("a task that asks for them", len(fresh_process(task)), 1)


def test_bad_times():
    check("ratio_of_medians([1], [2])", ratio_of_medians([1.0], [2.0]), 0.5)
    check("bootstrap_interval([1], [2])", bootstrap_interval([1.0], [2.0]), (0.5, 0.5))
    for a, b in [([], []), ([1.0], [1.0, 2.0]), ([1.0, 0.0], [1.0, 1.0]), ([np.nan], [1.0]), ([[1.0]], [[1.0]])]:
        check_raises(f"ratio_of_medians({a}, {b})", lambda a=a, b=b: ratio_of_medians(a, b), ValueError)
        check_raises(f"bootstrap_interval({a}, {b})", lambda a=a, b=b: bootstrap_interval(a, b), ValueError)


def stored():
    return BenchmarkResult("sum", [[0.25, 0.5], [0.125, 2.0]], 4, machine_facts(threads=2))


def test_a_result_in_a_file(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(stored().to_json(), "utf-8")
    again = BenchmarkResult.from_json(path.read_text("utf-8"))
    check("from_json of the file", again == stored(), True)
    check("its medians", again.medians, [0.375, 1.0625])
    facts = json.loads(path.read_text("utf-8"))["machine"]
    want = {"processor", "cores", "threads", "system", "python", "numpy"}
    check("the facts of the machine in it", set(facts), want)
    check("its NumPy", facts["numpy"], np.__version__)


ALTERED = [
    *(("seconds", value) for value in ([], [[]], [[0.1, -1.0]], [[0.1, "0.2"]], [[True]], "0.1")),
    *(("seconds", [[value]]) for value in (float("nan"), float("inf"), 0.0, None)),
    *(("items", value) for value in (0, 2.5, True, "4")),
    ("name", None),
    *(("seconds", [[value]]) for value in (10**400, -(10**400))),
    *(("machine", value) for value in ("fast", {"processor": ["nonsense", None]}, {"numpy": None})),
    *(("machine", {"cores": value}) for value in (-3.5, -3, 0, 2.5, True)),
    ("speed", 99),
]


def test_an_altered_file_is_refused():
    good = json.loads(stored().to_json())
    check("the throughput of the file as it was", BenchmarkResult(**good).throughput, 16 / 2.875)
    for key, value in ALTERED:
        text = json.dumps({**good, key: value})
        call = lambda text=text: BenchmarkResult.from_json(text)  # noqa: E731
        check_raises(f"from_json with {key} = {value!r:.40}", call, ValueError)


def test_what_is_no_result_is_refused():
    check("p50 of the file as it was", BenchmarkResult.from_json(stored().to_json()).p50, 0.25)
    for text in ("", "[]", "3", "{}", '{"name": "x"}', "[" * 100_000):
        check_raises(f"from_json({text[:20]!r})", lambda text=text: BenchmarkResult.from_json(text), ValueError)


def test_percents_that_are_none():
    check("latency(0) and latency(100)", [stored().latency(percent) for percent in (0, 100)], [0.125, 2.0])
    for percent in (150, -1, float("nan")):
        call = lambda percent=percent: stored().latency(percent)  # noqa: E731
        check_raises(f"latency({percent})", call, ValueError, "percent", percent)


def test_few_processes_are_not_judged():
    a, b = (BenchmarkResult(name, [[seconds]] * 10, 1, {}) for name, seconds in (("a", 1.0), ("b", 2.0)))
    check("judge of 10 processes each", judge(a, b).verdict, "faster")
    for n in (1, 5, 9):
        few = BenchmarkResult("few", [[1.0]] * n, 1, {})
        for call, sides in (("judge(few, b)", (few, b)), ("judge(a, few)", (a, few)), ("judge(few, few)", (few, few))):
            check_raises(f"{call}, {n} processes", lambda sides=sides: judge(*sides), ValueError, n, 10)


def test_judge_is_what_compare_says():
    machine = Machine(small_offsets, 0, 12)
    got = compare(machine.side("a"), machine.side("b", 2e-3), rounds=12)
    check_true("compare returns a Comparison", isinstance(got, Comparison))
    check("its ratio, from the medians of the processes", got.ratio, ratio_of_medians(got.a.medians, got.b.medians))
    check("its interval", (got.low, got.high), bootstrap_interval(got.a.medians, got.b.medians))
    check("its verdict", got.verdict, verdict(got.low, got.high))
    check("judge(a, b) again", judge(got.a, got.b) == got, True)


def test_orders_of_few_rounds():
    check("orders(0)", orders(0), [])
    check("orders(1): one of the two", orders(1)[0] in [(0, 1), (1, 0)], True)


def test_the_settings_are_left_alone():
    before = dict(os.environ)
    Benchmark("one", "1 + 1", threads=7).sample(blocks=1)
    check("this process's environment after a sample with 7 threads", dict(os.environ) == before, True)


def test_it_needs_no_other_chapter():
    """Nothing of the framework is loaded by importing the module but what `import tinytorch` loads by itself."""
    script = (
        "import sys, tinytorch; before = set(sys.modules)\n"
        "import tinytorch.benchmarking\n"
        "print(sorted(m for m in set(sys.modules) - before if m.startswith('tinytorch')))"
    )
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-P", "-c", script], env=settings, capture_output=True, text=True)
    check("verdict(0.5, 0.6)", verdict(0.5, 0.6), "faster")
    check("what import tinytorch.benchmarking loads", done.stdout.strip(), "['tinytorch.benchmarking']")


def test_percents_of_a_hundred_blocks():
    """55 / 100 * 100 is 55.00000000000001: only a product before the division finds the place."""
    blocks = BenchmarkResult("a", [[float(n) for n in range(1, 101)]], 1, {})
    got = [blocks.latency(percent) for percent in range(1, 101)]
    check("latency(1), ..., latency(100) of blocks of 1 to 100 seconds", got, [float(n) for n in range(1, 101)])


def test_the_shortest_call_need_not_be_the_last():
    times = iter([0.0, 5.0, 6.0, 9.0, 13.0])
    check("warm_up of calls of 5, 1, 3 seconds", warm_up(lambda: None, least=9.0, clock=lambda: next(times)), 1.0)
