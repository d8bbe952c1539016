"""On a terminal, `tt watch` checks again on every save."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")


class Terminal:
    def __init__(self, learner, *arguments):
        self.learner = learner
        self.main, side = pty.openpty()
        os.set_blocking(self.main, False)
        command = [sys.executable, "-m", "tinytorch_course.cli", *arguments]
        environment = learner.environment | {"TERM": "xterm", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command,
            cwd=learner.folder,
            env=environment,
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
        )
        os.close(side)
        self.seen = ""

    def wait_for(self, text, seconds=10):
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            try:
                self.seen += os.read(self.main, 65536).decode()
            except (BlockingIOError, OSError):
                time.sleep(0.02)
        before, self.seen = self.seen.split(text, 1)
        return before + text

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.main)


@pytest.fixture
def terminal(learner):
    opened = []

    def open_terminal(*arguments):
        opened.append(Terminal(learner, *arguments))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def test_a_save_is_checked(learner, terminal):
    shown = terminal("watch")
    shown.wait_for("Ctrl-C ends")
    learner.write("01_box")
    shown.wait_for("Module 01 passes.")
    shown.wait_for("Ctrl-C ends")
    learner.write("01_box", "result += item", "result = item")
    shown.wait_for("got     3")
    shown.wait_for("Ctrl-C ends")
    shown.process.send_signal(signal.SIGINT)
    shown.wait_for("Stopped watching. Your files are as you saved them.")
    assert shown.process.wait(timeout=5) == 1


def test_a_bare_tt_resumes_watching(learner, terminal):
    learner.write("01_box")
    shown = terminal()
    shown.wait_for("Module 01 passes.")
    shown.wait_for("Ctrl-C ends")
    shown.process.send_signal(signal.SIGINT)
    assert shown.process.wait(timeout=5) == 0


def test_a_file_that_is_away_for_a_moment(learner, terminal):
    path = learner.write("01_box")
    shown = terminal("watch")
    shown.wait_for("Ctrl-C ends")
    text = path.read_text("utf-8")
    path.unlink()
    shown.wait_for("is not started")
    path.write_text(text, "utf-8")
    shown.wait_for("Module 01 passes.")


def test_the_editor_opens_the_module(learner, terminal):
    learner.environment["VISUAL"] = f"{sys.executable} -c \"import sys; print('editing', sys.argv[1])\""
    shown = terminal("start")
    text = shown.wait_for("editing ")
    assert re.search(r"Next: open modules/01_box\.py", text)


def test_without_a_terminal_once(learner, expect):
    learner.write("01_box")
    expect(learner.tt("watch"), "no_terminal", 0)
