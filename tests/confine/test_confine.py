"""Attacks on the confinement, as root and as an ordinary user; and what happens where a protection is missing."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tinytorch_course import confine
from tinytorch_course.errors import ToolError

LIMITS = confine.Limits(wall=20, cpu=10, memory=600_000_000, file_size=1_000_000, processes=12, files=64)


def lacking():
    try:
        return {name: reason for name, reason in confine.protections().items() if reason}
    except ToolError as error:
        return {"confinement": error.message}


needs = pytest.mark.skipif(bool(lacking()), reason=f"this machine lacks {lacking()}")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the protections are Linux's")


@pytest.fixture
def python(tmp_path):
    """Runs a text as a confined program; (how it ended, what it printed)."""
    shown, hidden = confine.python_paths()
    folder = tmp_path / "folder"
    folder.mkdir()

    def run(code, limits=LIMITS, read=(), **options):
        output = tmp_path / "output.txt"
        options = {"folder": folder, "output": output, "read": [*shown, *read], "hide": hidden} | options
        ended = confine.run([sys.executable, "-I", "-S", "-c", code], limits=limits, **options)
        return ended, output.read_text("utf-8", "replace")

    return run


def alive(mark):
    """Is there a process whose command line has this mark?"""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path] if mark.encode() in path.read_bytes() else []
        except OSError:
            continue
    return bool(found)


@needs
def test_everything_applies_and_is_reported(python):
    ended, said = python("print('well')")
    assert (ended.status, ended.reason, said) == (0, "", "well\n")
    assert ended.protections == dict.fromkeys(confine.NAMES, "")
    assert 5_000_000 < ended.peak_memory < 100_000_000


@needs
def test_the_folder_can_be_written(python, tmp_path):
    ended, said = python("open('kept', 'w').write('x')")
    assert ended.ok, said
    assert (tmp_path / "folder/kept").read_text() == "x"


@needs
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("open('/etc/passwd')", "Error"),
        ("open({secret!r})", "Error"),
        ("import os\nos.listdir({parent!r})", "Error"),
        ("open({parent!r} + '/new', 'w')", "Error"),
        ("open('/new', 'w')", "Error"),
        ("open('/usr/lib/new', 'w')", "Error"),
        ("import os\nos.symlink({secret!r}, 'link')\nopen('link')", "Error"),
        ("import os\nos.link('/etc/ld.so.cache', 'hard')", "Error"),
        ("import numpy", "ModuleNotFoundError"),
        ("import socket\nsocket.create_connection(('127.0.0.1', 9), 2)", "Error"),
        ("import socket\nsocket.socket(socket.AF_UNIX).connect('/run/systemd/notify')", "Error"),
        ("open('/proc/sys/kernel/hostname', 'w')", "Error"),
        ("import os\nos.setuid(0)\nos.listdir('/root')", "Error"),
        ("import os\nos.chown('.', 0, 0)", "Error"),
        ("open('/dev/mem')", "Error"),
        ("open('big', 'wb').write(bytes(5_000_000))", "OSError"),
        ("bytearray(1_000_000_000)", "MemoryError"),
        ("[open('/dev/null') for _ in range(100)]", "Too many open files"),
    ],
)
def test_refused_by_the_system(python, tmp_path, code, error):
    (tmp_path / "secret").write_text("secret")
    ended, said = python(code.format(secret=str(tmp_path / "secret"), parent=str(tmp_path)))
    assert ended.status != 0
    assert error in said or ended.status < 0
    assert not (tmp_path / "new").exists()


@needs
def test_mounting_and_tracing_are_refused(python):
    code = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print(libc.mount(b'tmpfs', b'/usr', b'tmpfs', 0, None), libc.ptrace(16, 1, None, None), libc.unshare(0x20000))"
    )
    ended, said = python(code)
    assert ended.ok, said
    assert said.split() == ["-1", "-1", "-1"]


@needs
def test_sees_no_other_process(python):
    ended, said = python("import os\nprint(os.getpid(), sorted(p for p in os.listdir('/proc') if p.isdigit()))")
    assert ended.ok, said
    assert said == "2 ['1', '2']\n"


@needs
def test_a_folder_of_limited_size(python, tmp_path):
    code = "for i in range(9): open(str(i), 'wb').write(bytes(500_000))"
    _, said = python(code, scratch=2_000_000)
    assert "No space left" in said
    assert not list((tmp_path / "folder").iterdir())


@needs
def test_hidden_and_shown(python, tmp_path):
    top = tmp_path / "top"
    for name in ("seen", "hidden", "hidden/again"):
        (top / name).mkdir(parents=True)
        (top / name / "file").write_text(name)
    (top / "secret").write_text("secret")
    top.chmod(0o755)
    _, hidden = confine.python_paths()
    code = f"import os\ntop = {str(top)!r}\nfor t, _, n in os.walk(top): print(t[len(top):], n)\n"
    code += "open(top + '/seen/new', 'w')"
    ended, said = python(code, read=[top, top / "hidden/again"], hide=[*hidden, top / "hidden", top / "secret"])
    assert ended.status == 1
    assert "/seen ['file']" in said
    assert "/hidden/again ['file']" in said
    assert "/hidden []" in said


@needs
def test_an_endless_loop_ends(python):
    began = time.monotonic()
    ended, _ = python("while True: pass", limits=confine.Limits(wall=2))
    assert (ended.status, ended.reason) == (None, "it was not done after 2 s")
    assert time.monotonic() - began < 10


@needs
def test_the_limit_of_processor_time(python):
    ended, _ = python("while True: pass", limits=confine.Limits(wall=60, cpu=1))
    assert "1 s of processor time" in ended.reason


@needs
def test_a_fork_bomb_is_stopped(python):
    """As root too: the command runs as somebody else."""
    code = "import os, time\nn = 0\nwhile True:\n    os.fork() or time.sleep(60)\n    n += 1\n    print(n, flush=True)"
    ended, said = python(code)
    counts = [int(line) for line in said.splitlines() if line.isdigit()]
    assert ended.status == 1
    assert "BlockingIOError" in said
    assert len(counts) < LIMITS.processes


@needs
@pytest.mark.parametrize("how", ["setsid", "double fork"])
@pytest.mark.parametrize("end", ["by itself", "stopped"])
def test_no_descendant_is_left(python, tmp_path, how, end):
    mark = f"mark-{os.getpid()}-{how[:3]}-{end[:2]}"
    code = f"""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if {how == "double fork"} and os.fork():
        os._exit(0)
    os.execv({sys.executable!r}, [{sys.executable!r}, "-I", "-S", "-c", "import time; time.sleep(90)", {mark!r}])
time.sleep(0.5 if {end == "by itself"} else 90)
print("well")
"""
    ended, said = python(code, limits=confine.Limits(wall=3, processes=12))
    assert (ended.reason == "") == (end == "by itself"), said
    assert not alive(mark)


@needs
def test_memory_of_what_is_left_behind_counts(python):
    code = "import os, time\nif os.fork() == 0:\n    x = bytearray(100_000_000)\n    time.sleep(60)\ntime.sleep({})"
    assert python(code.format(1.5))[0].peak_memory > 100_000_000


@needs
def test_output_is_a_file_that_nobody_holds_open(python):
    began = time.monotonic()
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\nprint('x' * 3)"
    ended, said = python(code)
    assert (ended.status, said) == (0, "xxx\n")
    assert time.monotonic() - began < 15


@needs
def test_a_conversation(tmp_path):
    shown, hidden = confine.python_paths()
    code = "import os, socket\ns = socket.socket(fileno=int(os.environ['TINYTORCH_CHANNEL']))\ns.sendall(s.recv(9) * 2)"
    command = [sys.executable, "-I", "-S", "-c", code]
    options = {"folder": tmp_path, "output": tmp_path / "o.txt", "read": shown, "hide": hidden}
    started = confine.start(command, channel=True, limits=LIMITS, **options)
    started.channel.settimeout(20)
    started.channel.sendall(b"ab")
    assert started.channel.recv(9) == b"abab"
    assert started.channel.recv(9) == b""  # closed with the command's end, though its parent lives a little longer
    assert started.wait().ok


@needs
def test_the_environment_is_fixed(python):
    os.environ["SECRET_OF_OURS"] = "1"
    ended, said = python("import os\nprint(sorted(os.environ))")
    assert ended.ok
    assert "SECRET_OF_OURS" not in said
    assert "OPENBLAS_NUM_THREADS" in said


@needs
def test_dies_with_who_started_it(tmp_path):
    mark = f"mark-parent-{os.getpid()}"
    script = f"""
import os, sys
from pathlib import Path
from tinytorch_course import confine
shown, hidden = confine.python_paths()
folder = Path({str(tmp_path)!r})
code = "import time; print('on', flush=True); time.sleep(90)"
output = folder / "o.txt"
command = [sys.executable, "-I", "-S", "-c", code, {mark!r}]
confine.start(command, folder=folder, output=output, read=shown, hide=hidden)
while output.read_text() != "on\\n":
    pass
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    deadline = time.monotonic() + 10
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(mark)


# -- as an ordinary user -----------------------------------------------------------------------------------


@needs
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_the_same_as_an_ordinary_user():
    """This file once more, as user 65534, with this Python or with the system's, whichever that user can read."""
    code = "import os, sys\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n"
    code += "import pytest\nsys.exit(pytest.main(sys.argv[1:]))"
    packages = [path for path in sys.path if path and not path.startswith(sys.base_prefix)]
    settings = {"PYTHONPATH": os.pathsep.join(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    settings |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "/usr/bin:/bin"}
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others
        os.chmod(folder, 0o777)
        options = {"capture_output": True, "text": True, "check": False, "cwd": folder, "env": settings}
        programs = [path for path in (sys.executable, shutil.which("python3", path="/usr/bin")) if path]
        runs = [[program, "-P", "-c", code] for program in programs]
        run = next((run for run in runs if not subprocess.run([*run, "--version"], **options).returncode), None)
        if run is None:
            pytest.skip("there is no Python that another user can read")
        chosen = ["-p", "no:cacheprovider", "--import-mode=importlib", f"--basetemp={folder}/t", "-c", "/dev/null"]
        done = subprocess.run([*run, "-q", *chosen, __file__], **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


# -- where a protection is missing -------------------------------------------------------------------------


def broken(monkeypatch, line):
    """A launcher in which a line runs first, as on a machine that lacks something."""
    monkeypatch.setattr(confine, "LAUNCHER", confine.LAUNCHER.replace("os._exit(", f"{line}; os._exit("))


def test_without_namespaces_nothing_runs(python, tmp_path, monkeypatch):
    broken(monkeypatch, "launch.NAMESPACES = dict.fromkeys(launch.NAMESPACES, -1); launch.CLONE_NEWUSER = -1")
    with pytest.raises(confine.Unconfined) as caught:
        python("open('ran', 'w')")
    assert "network namespace: " in caught.value.message
    assert "unshare: Invalid argument" in caught.value.message
    assert confine.OPTION in caught.value.help
    assert not (tmp_path / "folder/ran").exists()


@needs
def test_landlock_may_be_missing_where_mounts_are_not(python, monkeypatch):
    broken(monkeypatch, "launch.LANDLOCK_CREATE = -1")
    ended, said = python("print(open('/etc/passwd'))")
    assert ended.protections["landlock"]
    assert ended.status == 1
    assert "FileNotFoundError" in said


@needs
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="as root it depends on who may read Python's files")
def test_mounts_may_be_missing_where_landlock_is_not(python, monkeypatch):
    broken(monkeypatch, "launch.NAMESPACES.pop('mount namespace')")
    code = "import json\ntry:\n    import pip\nexcept ImportError:\n    print('none')\nopen('/etc/passwd')"
    ended, said = python(code)
    assert ended.protections["mount namespace"]
    assert ended.status == 1
    assert "none\n" in said
    assert "PermissionError" in said


def test_unconfined_on_request(python):
    ended, said = python("import os\nprint(os.getuid())", confined=False)
    assert ended.ok, said
    assert ended.protections["network namespace"] == "not asked for"
    assert ended.protections["limits"] == ""


def test_unconfined_leaves_nothing_behind_either(python):
    mark = f"mark-unconfined-{os.getpid()}"
    code = f"""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execv({sys.executable!r}, [{sys.executable!r}, "-I", "-S", "-c", "import time; time.sleep(90)", {mark!r}])
time.sleep(0.5 if sys.argv[1:] else 0.5)
"""
    assert python(code, confined=False)[0].ok
    assert not alive(mark)


def test_a_command_that_is_not_there(tmp_path):
    with pytest.raises(ToolError, match="could not be started"):
        confine.run([tmp_path / "nothing"], folder=tmp_path, output=tmp_path / "o.txt", confined=False)
