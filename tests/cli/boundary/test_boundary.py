"""What no command may do: show a traceback, lose a file, or leave with the wrong status."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinytorch_course import cli, files

posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups of POSIX")


def test_a_wrong_argument(learner, expect):
    expect(learner.tt("check", "one"), "wrong_argument", 2)
    expect(learner.tt("frobnicate", process=True), "wrong_command", 2)


def test_help_names_every_command(bare, expect):
    expect(bare.tt("--help"), "help", 0)


def test_no_command_checks_once_without_a_terminal(learner):
    learner.write("01_box")
    run = learner.tt(process=True)
    assert run.code == 0
    assert "Module 01 passes." in run.text


def test_no_colour_without_a_terminal_or_with_no_color(learner):
    assert "\x1b" not in learner.tt("status", process=True, NO_COLOR="1").text
    assert "\x1b" not in learner.tt("status", process=True).text


def test_our_own_bug(learner, monkeypatch, capsys):
    monkeypatch.chdir(learner.folder)

    def broken(*_):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("tinytorch_course.commands.status.status", broken)
    assert cli.main(["status"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "a fault of the tool, not of yours (ZeroDivisionError)" in said
    (kept,) = (learner.folder / ".tinytorch/errors").iterdir()
    assert "a fault" in kept.read_text("utf-8")


@pytest.mark.parametrize(
    "command", [["check"], ["start", "02"], ["reset", "01"], ["use", "reference", "02"], ["hint"]]
)
def test_a_full_disk(learner, monkeypatch, capsys, command):
    learner.write("01_box")
    before = {p: p.read_bytes() for p in learner.folder.rglob("*") if p.is_file()}
    monkeypatch.chdir(learner.folder)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    assert cli.main(command) == 2
    said = capsys.readouterr().err
    assert said == (
        "tt: the disk is full\n    make room and repeat the command; nothing of yours was changed\n"
    )
    assert {p: p.read_bytes() for p in learner.folder.rglob("*") if p.is_file()} == before


def test_a_read_only_disk(learner, monkeypatch, capsys):
    monkeypatch.chdir(learner.folder)

    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "modules")

    monkeypatch.setattr(files.tempfile, "mkstemp", refused)
    assert cli.main(["start", "02"]) == 2
    assert "cannot be written" in capsys.readouterr().err


@posix
def test_ctrl_c_during_a_check(learner):
    path = learner.write("01_box", "result += item", "while True: pass")
    before = path.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "tinytorch_course.cli", "check"],
        cwd=learner.folder,
        env=learner.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    build = learner.folder / ".tinytorch/build"
    wait_for(lambda: build.is_dir() and any(build.glob("*/tinytorch/core/box.py")))
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=10)
    assert said == "\ntt: stopped; your files are as they were\n"
    assert process.returncode == 1
    assert path.read_bytes() == before
    assert list(build.iterdir()) == []


def test_what_a_killed_command_left_goes_after_a_day(learner):
    """A younger folder may be that of a command which runs beside this one."""
    build = learner.folder / ".tinytorch/build"
    old, young = build / "check-01-old", build / "check-01-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 25 * 3600,) * 2)
    learner.tt("check")
    assert list(build.iterdir()) == [young]


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@posix
def test_a_child_that_was_left_behind_is_ended(learner, tmp_path: Path):
    beats = tmp_path / "beats"
    child = f"import time\nwhile True:\n    open({str(beats)!r}, 'a').write('x')\n    time.sleep(0.05)"
    spawn = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(0.3)"
    )
    learner.write("01_box", "result += item", f"{spawn}; result += item")
    assert learner.tt("check").code == 0
    counted = beats.stat().st_size
    time.sleep(0.3)
    assert counted == beats.stat().st_size > 0


@posix
def test_a_reader_that_leaves_early(learner):
    command = [sys.executable, "-m", "tinytorch_course.cli", "status"]
    process = subprocess.Popen(
        command, cwd=learner.folder, env=learner.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=10) == 0
    assert said == b""
