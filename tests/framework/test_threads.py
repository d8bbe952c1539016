"""tinytorch.fast.threads, which share the work on large arrays: same results, errors arrive, a fork goes on."""

import doctest
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from tinytorch.fast import products, threads
from tinytorch.fast.threads import in_parts, thread_count

MUCH = 10**9


@pytest.fixture
def _three(monkeypatch):
    """Three threads, whatever the machine; afterwards the process is as it was."""
    monkeypatch.setattr(threads, "thread_count", lambda: 3)
    monkeypatch.setattr(threads, "pool", None)
    monkeypatch.setattr(products, "asleep", False)
    yield
    if threads.pool:
        threads.pool.shutdown()


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(("length", "parts"), [(0, 1), (1, 1), (2, 2), (3, 3), (10, 3)])
def test_the_parts_are_the_whole(length, parts):
    got = in_parts(lambda part: list(range(length)[part]), length, MUCH)
    assert [item for part in got for item in part] == list(range(length))
    assert len(got) == parts


@pytest.mark.usefixtures("_three")
def test_little_work_is_done_at_once():
    assert len(in_parts(lambda part: threading.get_ident(), 10, threads.WORTH)) == 1
    assert len(set(in_parts(lambda part: threading.get_ident(), 10, 2 * threads.WORTH))) == 2


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


@pytest.mark.parametrize(("settings", "want"), [({"OPENBLAS_NUM_THREADS": "3"}, 3), ({"OMP_NUM_THREADS": "2"}, 2),
                                                ({"OPENBLAS_NUM_THREADS": "0"}, 1), ({}, None)])  # fmt: skip
def test_as_many_as_the_products(settings, want, monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(products, "SMALL", 100**3)
    assert thread_count() == (want or len(os.sched_getaffinity(0)))
    monkeypatch.setattr(products, "SMALL", 0)
    assert thread_count() == 1  # products cannot be cut


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_starts_its_own_threads():
    code = """
import os
from tinytorch.fast import threads
threads.thread_count = lambda: 2
whole = lambda: sum(map(len, threads.in_parts(lambda part: range(9)[part], 9, 10**9)))
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
    assert doctest.testmod(threads).failed == 0
