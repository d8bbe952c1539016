"""What needs no worker: frames, imports, noise, verdicts."""

import json
import socket
import struct
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from tinytorch_course.competition import claim, examiner, imports, noise, protocol, verify
from tinytorch_course.errors import NotYet

# -- frames ------------------------------------------------------------------------------------------------


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def soon():
    return time.monotonic() + 5


@pytest.mark.parametrize(
    "array",
    [np.ones((2, 3), "float32"), np.zeros((0, 10), "float32"), np.arange(4)[::2], np.ones((1, 2, 3, 4), ">f8")],
)
def test_what_is_sent_is_received(pair, array):
    protocol.send(pair[0], array)
    got = protocol.receive(pair[1], 1000, soon())
    assert got.dtype == array.dtype.newbyteorder("<")
    np.testing.assert_array_equal(got, array)


def test_a_large_array_in_pieces(pair):
    array = np.random.default_rng(0).standard_normal(2_000_000).astype("float32")
    sender = threading.Thread(target=protocol.send, args=(pair[0], array))
    sender.start()
    np.testing.assert_array_equal(protocol.receive(pair[1], 10_000_000, soon()), array)
    sender.join()


def test_the_other_side_has_closed(pair):
    pair[0].close()
    assert protocol.receive(pair[1], 10, soon()) is None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x" * protocol.HEADER.size, "no answer in the form"),
        (struct.pack("<4s4sI4Q", b"tt1\n", b"|O\0\0", 1, 1, 0, 0, 0), "no answer in the form"),
        (struct.pack("<4s4sI4Q", b"tt1\n", b"<f4\0", 9, 1, 0, 0, 0), "no answer in the form"),
        (struct.pack("<4s4sI4Q", b"tt1\n", b"<f4\0", 4, *[1 << 62] * 4), "the answer would have"),
        (struct.pack("<4s4sI4Q", b"tt1\n", b"<f4\0", 1, 5, 0, 0, 0) + b"1234", "ended in its middle"),
        (b"tt1", "ended in its middle"),
    ],
)
def test_what_is_no_frame(pair, data, says):
    pair[0].sendall(data)
    pair[0].close()
    with pytest.raises(protocol.ProtocolError, match=says):
        protocol.receive(pair[1], 1000, soon())


def test_a_frame_of_another_form_than_asked_for(pair):
    protocol.send(pair[0], np.zeros((2, 3), "float32"))
    with pytest.raises(protocol.ProtocolError, match=r"an array \(2, 3\) of float32, not \(3, 2\) of float32"):
        protocol.receive(pair[1], 1000, soon(), np.zeros((3, 2), "float32"))


def test_the_deadline_holds_whatever_trickles_in(pair):
    stop = threading.Event()

    def trickle():
        while not stop.wait(0.05):
            pair[0].send(b"t")

    thread = threading.Thread(target=trickle)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        protocol.receive(pair[1], 1000, began + 0.4)
    stop.set()
    thread.join()
    assert time.monotonic() - began < 5


# -- imports -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import numpy as np\nfrom tinytorch import nn\nimport math, json, time\nfrom . import x", []),
        ("import torch", ["e.py:1: imports torch: in the closed division the framework is tinytorch"]),
        ("def f():\n    from jax.numpy import array", ["e.py:2: imports jax"]),
        ("import numpy, pandas", ["e.py:1: imports pandas"]),
        ("import ctypes", ["e.py:1: imports ctypes"]),
        ("from importlib import import_module as i", ["e.py:1: imports importlib"]),
        ("x = __import__", ["e.py:1: __import__"]),
        ("import sys\nsys.modules['torch']", ["e.py:2: sys.modules"]),
        ("eval('1')", ["e.py:1: eval"]),
        ("def f(:", ["e.py is no Python that can be read: SyntaxError"]),
        ("(" * 100_000, ["e.py is no Python that can be read"]),
    ],
)
def test_imports(tmp_path, text, says):
    path = tmp_path / "e.py"
    path.write_text(text)
    found = list(imports.problems("e.py", path))
    assert len(found) == len(says)
    for problem, expected in zip(found, says, strict=True):
        assert problem.startswith(expected)


def test_imports_of_a_notebook(tmp_path):
    text, code = {"cell_type": "markdown"}, {"cell_type": "code"}
    cells = [text | {"source": ["import torch"]}, code | {"source": ["x = 1\n", "import torch"]}]
    path = tmp_path / "15_q.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert [p.partition(": imports")[0] for p in imports.problems("15_q.ipynb", path)] == ["15_q.ipynb, code cell 1:2"]
    path.write_text("[]")
    assert "no Python that can be read" in next(imports.problems("15_q.ipynb", path))


# -- entries -----------------------------------------------------------------------------------------------

ENTRY = 'TRACK = "digits-cnn"\nDIVISION = "open"\nTITLE = "t"\n\n\ndef optimize(m, d): ...\n\n\ndef load(m, s): ...\n'


def test_an_entry_is_read_and_not_run(tmp_path):
    path = tmp_path / "entry.py"
    path.write_text(ENTRY + "raise SystemExit\n")
    assert claim.read_entry(path) == claim.Entry("digits-cnn", "open", "t")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"digits-cnn"', "input()", "no line TRACK"),
        ('"open"', '"half"', "DIVISION is 'half'"),
        ('TITLE = "t"', "", "no line TITLE"),
        ("def load", "def lode", "no function load"),
        ("def optimize", "def optimise", "no function optimize"),
        ("(m, d)", "(m, d", "no Python that can be read"),
    ],
)
def test_an_entry_that_lacks_something(tmp_path, old, new, says):
    path = tmp_path / "entry.py"
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(NotYet) as caught:
        claim.read_entry(path)
    assert says in caught.value.message


# -- noise, verdicts ---------------------------------------------------------------------------------------


def moments(busy, ours, processes=None):
    first = noise.Moment(0.0, 100.0, 10.0, {7: ("make", 1.0)}, [0.5, 0.5, 0.5])
    return first, noise.Moment(10.0, 100.0 + busy, 10.0 + ours, processes or {}, [1.0, 0.6, 0.5])


def test_a_quiet_machine():
    found = noise.report(*moments(busy=9.0, ours=8.0), [1.0, 1.01, 0.99, 1.02])
    assert not found["noisy"]
    assert found["others"] == pytest.approx(0.1)
    assert found["sentence"] == ""


def test_other_programs_are_named():
    seen = {7: ("make", 6.0), 8: ("firefox", 3.0), 9: ("sleep", 0.0)}
    found = noise.report(*moments(busy=17.0, ours=8.0, processes=seen), [1.0, 1.01, 0.99])
    assert found["noisy"]
    assert "other programs kept 0.9 cores busy (at most 0.3); close make (7), firefox (8)" in found["sentence"]


def test_the_spread_of_the_baseline_alone():
    found = noise.report(*moments(busy=8.0, ours=8.0), [1.0, 1.9, 0.5, 1.4, 0.6])
    assert found["noisy"]
    assert "the baseline's own times differed by" in found["sentence"]


def test_one_bad_process_is_no_noise():
    assert noise.spread([1.0, 1.01, 0.99, 1.02, 9.0]) < 0.05


def test_the_system_tells_what_we_use():
    before = noise.moment()
    if before.busy is None:
        pytest.skip("this system does not tell how busy it is")
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    after = noise.moment()
    assert after.ours - before.ours >= 0.2
    assert after.busy - before.busy >= 0.2


@pytest.mark.parametrize(
    ("interval", "says"),
    [([1.02, 1.5], "faster"), ([1.005, 1.5], "cannot tell"), ([0.5, 1.2], "cannot tell"), ([0.5, 0.98], "slower")],
)
def test_verdict(interval, says):
    assert verify.verdict(interval) == says


# -- accuracy ----------------------------------------------------------------------------------------------


def refused_at(seed, accuracy, both=0.0, spoilt=None):
    """Where an entry of this accuracy is refused, beside a baseline of 96 %: "", or the beginning of the sentence.

    `both`: in what share of the requests both sides err together. `spoilt`: a process whose answers are guessed.
    """
    rng, track = np.random.default_rng(seed), SimpleNamespace(accuracy_floor=0.99, weights={"accuracy": 0.96})
    exam, found = SimpleNamespace(track=track), {side: [] for side in examiner.SIDES}
    try:
        for number in range(10):
            sides = {side: {} for side in examiner.SIDES}
            for scenario, asked in (("warm-up", 10), ("single_stream", 60), ("offline", 192)):
                drawn = rng.random((3, asked))
                shared = drawn[0] < both
                for side, errs, row in (("baseline", 0.04, 1), ("optimized", 1 - accuracy, 2)):
                    sides[side][scenario] = ~shared & (drawn[row] > (errs - both) / (1 - both))
                if number == spoilt:
                    sides["optimized"][scenario] = rng.random(asked) < 0.1
                chance = examiner.IN_ONE * examiner.by_chance(exam, asked)
                answers = (sides[side][scenario] for side in examiner.SIDES[::-1])
                examiner.above_floor(exam, f"process {number}", *answers, chance)
            for side in examiner.SIDES:
                found[side].append(SimpleNamespace(right=sides[side]))
        examiner.judge_in_all(exam, found)
    except examiner.Refusal as refusal:
        return str(refusal).partition(":")[0]
    return ""


@pytest.mark.parametrize("both", [0.0, 0.02])
def test_chance_refuses_no_entry_that_keeps_the_floor(both):
    refused = [refused_at(seed, 0.99 * 0.96 + 0.003, both) for seed in range(200)]
    assert sum(map(bool, refused)) <= 2


def test_worse_answers_are_refused():
    assert all(refused_at(seed, 0.92, both=0.03) for seed in range(100))


def test_a_single_process_that_guesses_is_refused():
    assert {refused_at(seed, 0.96, spoilt=3) for seed in range(50)} == {"process 3"}
