"""Python threads that share the work on large arrays: same results, errors that arrive, a fork that goes on."""

import doctest
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from tinytorch import _products, _threads, manual_seed, randn
from tinytorch._threads import in_parts, thread_count
from tinytorch.nn import AvgPool2d, Conv2d, MaxPool2d

MUCH = 10**9


@pytest.fixture
def _three(monkeypatch):
    """Three threads, whatever the machine; afterwards the process is as it was."""
    monkeypatch.setattr(_threads, "thread_count", lambda: 3)
    monkeypatch.setattr(_threads, "pool", None)
    monkeypatch.setattr(_products, "asleep", False)
    yield
    if _threads.pool:
        _threads.pool.shutdown()


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(("length", "parts"), [(0, 1), (1, 1), (2, 2), (3, 3), (10, 3)])
def test_the_parts_are_the_whole(length, parts):
    got = in_parts(lambda part: list(range(length)[part]), length, MUCH)
    assert [item for part in got for item in part] == list(range(length))
    assert len(got) == parts


@pytest.mark.usefixtures("_three")
def test_little_work_is_done_at_once():
    assert len(in_parts(lambda part: threading.get_ident(), 10, _threads.WORTH)) == 1
    assert len(set(in_parts(lambda part: threading.get_ident(), 10, 2 * _threads.WORTH))) == 2


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize("bad", [0, 5, 9])
def test_an_error_arrives_after_all_have_ended(bad):
    ended = []

    def function(part):
        if bad in range(10)[part]:
            raise ValueError(f"part {part.start} is bad")
        ended.append(part)

    with pytest.raises(ValueError, match="is bad"):
        in_parts(function, 10, MUCH)
    assert len(ended) == 2


@pytest.mark.usefixtures("_three")
def test_settings_hold_in_every_thread():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        in_parts(lambda part: np.ones(1) / (part.start < 6), 9, MUCH)  # the last part divides by zero


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize("make", [lambda: Conv2d(3, 8, 3), lambda: Conv2d(3, 6, 3, stride=2, groups=3, padding=1),
                                  lambda: MaxPool2d(2), lambda: AvgPool2d(3)])  # fmt: skip
def test_pictures_in_parts(make, monkeypatch):
    """Values and gradients are those of one thread, up to the order of a sum."""
    manual_seed(1)
    monkeypatch.setattr(_threads, "WORTH", 2**10)
    layer, x = make(), randn(10, 3, 20, 20)
    x.requires_grad = True

    def everything():
        x.grad = None
        for p in layer.parameters():
            p.grad = None
        out = layer(x)
        (out * out).sum().backward()
        return [out.data, *(t.grad.data for t in [x, *layer.parameters()])]

    shared = everything()
    assert _threads.pool is not None
    monkeypatch.setattr(_threads, "thread_count", lambda: 1)
    for a, b in zip(shared, everything(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("settings", "want"), [({"OPENBLAS_NUM_THREADS": "3"}, 3), ({"OMP_NUM_THREADS": "2"}, 2),
                                                ({"OPENBLAS_NUM_THREADS": "0"}, 1), ({}, None)])  # fmt: skip
def test_as_many_as_the_products(settings, want, monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_products, "SMALL", 100**3)
    assert thread_count() == (want or len(os.sched_getaffinity(0)))
    monkeypatch.setattr(_products, "SMALL", 0)
    assert thread_count() == 1  # products cannot be cut


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_starts_its_own_threads():
    code = """
import os
from tinytorch import _threads
_threads.thread_count = lambda: 2
whole = lambda: sum(map(len, _threads.in_parts(lambda part: range(9)[part], 9, 10**9)))
assert whole() == 9
child = os.fork()
if child == 0:
    os._exit(whole())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-P", "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "9\n", done.stderr


def test_examples():
    assert doctest.testmod(_threads).failed == 0
