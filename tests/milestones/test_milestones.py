"""The milestones as a learner runs them: in an empty folder, without a terminal, each in its own process."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from house import ROOT, build

MILESTONES = sorted((ROOT / "milestones").glob("*.py"))
BY_YEAR = {path.name[:4]: path for path in MILESTONES}


def run(year, *arguments, cwd, path=None, prelude="", **environment):
    """The finished process. path: a build to use instead of the installed one; prelude: code to run first."""
    settings = {k: v for k, v in os.environ.items() if k != "TINYTORCH_DATA"} | environment
    settings |= {"PYTHONPATH": str(path)} if path else {}
    script = str(BY_YEAR[year])
    command = [sys.executable, "-P", *(patched(script, prelude) if prelude else [script]), *arguments]
    return subprocess.run(
        command, cwd=cwd, env=settings, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300
    )


def patched(script, prelude):
    """Run the script after some code that spoils the framework, as a learner's mistake would."""
    start = f"sys.argv[0] = {script!r}\nrunpy.run_path({script!r}, None, '__main__')"
    return ["-c", f"import runpy, sys\n{prelude}\n{start}"]


def words(process):
    return process.stdout + process.stderr


@pytest.mark.parametrize("path", MILESTONES, ids=lambda path: path.stem)
def test_only_tinytorch_and_the_standard_library(path):
    tree = ast.parse(path.read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name for node in imports if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom)}
    foreign = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"tinytorch"}
    assert foreign <= {"matplotlib"}
    assert not any(
        "matplotlib" in (getattr(node, "module", "") or "") for node in tree.body
    )  # only when asked for
    assert "input(" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", MILESTONES, ids=lambda path: path.stem)
def test_history_is_three_sentences(path):
    tree = ast.parse(path.read_text("utf-8"))
    values = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        if isinstance(node.targets[0], ast.Name)
    }
    history = values["HISTORY"].value
    assert len(re.findall(r"[.?!](?:\s|$)", history)) == 3
    assert max(map(len, history.splitlines())) <= 110


# -- success


@pytest.mark.parametrize("seed", ["0", "7"])
def test_1958(tmp_path, seed):
    process = run("1958", "--seed", seed, cwd=tmp_path)
    assert process.returncode == 0, words(process)
    assert process.stderr == ""
    for name, right in (("AND", "100%"), ("OR", "100%"), ("points", "100%")):
        assert re.search(rf"^  {name} +{right} +100%", process.stdout, re.MULTILINE)
    assert re.search(r"^  XOR +(25|50|75)% +< 100%", process.stdout, re.MULTILINE)
    assert process.stdout.endswith("Criterion met.\n")


def test_1958_needs_modules_01_to_04_only(tmp_path):
    asleep = build(4, tmp_path / "build")
    process = run("1958", cwd=tmp_path, path=asleep)
    assert process.returncode == 0, words(process)
    awake = run("1958", cwd=tmp_path)
    assert process.stdout == awake.stdout  # nothing depends on autograd


def test_1969(tmp_path):
    process = run("1969", cwd=tmp_path)
    assert process.returncode == 0, words(process)
    assert process.stdout.count("two layers  100%") == 10
    assert "10 of 10 runs answer all four cases, wanted 10 of 10" in process.stdout


def test_1986_on_tinydigits(tmp_path):
    process = run("1986", cwd=tmp_path)
    assert process.returncode == 0, words(process)
    right = float(re.search(r"two layers: ([\d.]+)% of the test digits", process.stdout)[1])
    before = float(re.search(r"one layer \(1958\): ([\d.]+)%", process.stdout)[1])
    assert right >= 93
    assert 85 < before < right
    assert float(re.search(r"training took ([\d.]+) s", process.stdout)[1]) < 20


def test_1986_on_mnist(tmp_path):
    data = os.environ.get("TINYTORCH_DATA", "")
    if not (Path(data) / "mnist").is_dir():
        pytest.skip("no MNIST here")
    process = run("1986", "--data", "mnist", cwd=tmp_path, TINYTORCH_DATA=data)
    assert process.returncode == 0, words(process)
    assert float(re.search(r"two layers: ([\d.]+)% of the test digits", process.stdout)[1]) >= 97
    assert float(re.search(r"training took ([\d.]+) s", process.stdout)[1]) < 60


@pytest.mark.parametrize("year", BY_YEAR)
def test_the_same_seed_gives_the_same_answers(tmp_path, year):
    quick = ["--epochs", "2"] if year == "1986" else []
    first, second = (without_times(run(year, "--seed", "3", *quick, cwd=tmp_path).stdout) for _ in range(2))
    assert first == second


def without_times(text):
    return re.sub(r"[\d.]+ s\b", "... s", text)


@pytest.mark.parametrize("year", BY_YEAR)
def test_the_picture(tmp_path, year):
    pytest.importorskip("matplotlib")
    process = run(year, "--plot", "picture.png", cwd=tmp_path)
    assert process.returncode == 0, words(process)
    assert "Picture: picture.png" in process.stdout
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "picture.png").stat().st_size > 10_000


# -- a missed criterion is never called a success


def missed(process):
    assert process.returncode == 1, words(process)
    assert "Criterion MISSED." in process.stdout
    assert "Criterion met" not in process.stdout


def test_1958_missed_when_the_sigmoid_is_wrong(tmp_path):
    missed(
        run(
            "1958",
            cwd=tmp_path,
            prelude="""
from tinytorch.nn import Sigmoid
Sigmoid.__call__ = lambda self, x: x * 0
""",
        )
    )


def test_1958_missed_when_xor_is_learned_by_one_layer(tmp_path):
    """Impossible, so something else is wrong: a layer that is not linear."""
    missed(
        run(
            "1958",
            cwd=tmp_path,
            prelude="""
from tinytorch.nn import Linear
Linear.forward = lambda self, x: x @ self.weight.T + self.bias + 40 * (x[:, :1] - x[:, 1:]) ** 2 - 20
""",
        )
    )


def test_1969_missed_when_the_hidden_layer_is_linear(tmp_path):
    missed(
        run(
            "1969",
            cwd=tmp_path,
            prelude="""
from tinytorch.nn import Tanh
Tanh.__call__ = lambda self, x: x
""",
        )
    )


def test_1969_missed_when_nothing_is_learned(tmp_path):
    missed(
        run(
            "1969",
            cwd=tmp_path,
            prelude="""
from tinytorch.optim import SGD
SGD.step = lambda self: None
""",
        )
    )


def test_1986_missed_after_one_epoch(tmp_path):
    missed(run("1986", "--epochs", "1", cwd=tmp_path))


def test_1986_missed_when_nothing_is_learned(tmp_path):
    missed(
        run(
            "1986",
            "--epochs",
            "1",
            cwd=tmp_path,
            prelude="""
from tinytorch.optim import SGD
right = SGD.__init__
def wrong(self, params, lr, **options):
    right(self, params, 1e-9, **options)
SGD.__init__ = wrong
""",
        )
    )


# -- bad arguments, missing data


@pytest.mark.parametrize(
    ("year", "arguments", "told"),
    [
        ("1958", ["--seed", "x"], "--seed"),
        ("1958", ["--seed", "-1"], "--seed"),
        ("1969", ["--epochs", "3"], "--epochs"),
        ("1986", ["--epochs", "0"], "--epochs"),
        ("1986", ["--data", "cifar"], "--data"),
        ("1986", ["--data", "mnist"], "set the environment variable TINYTORCH_DATA"),
    ],
)
def test_bad_arguments(tmp_path, year, arguments, told):
    process = run(year, *arguments, cwd=tmp_path)
    assert process.returncode == 2, words(process)
    assert told in process.stderr
    assert "Traceback" not in process.stderr


def test_damaged_data(tmp_path):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte").write_bytes(b"<html>")
    process = run("1986", "--data", "mnist", cwd=tmp_path, TINYTORCH_DATA=str(tmp_path))
    assert process.returncode == 2
    assert "train-images-idx3-ubyte is not MNIST's" in process.stderr


@pytest.mark.parametrize("year", BY_YEAR)
@pytest.mark.parametrize(
    ("file", "told"),
    [("picture", "should end in .png"), ("picture.xyz", "should end in .png"), ("no/p.png", "no folder")],
)
def test_a_picture_that_cannot_be_saved_is_told_first(tmp_path, year, file, told):
    pytest.importorskip("matplotlib")
    process = run(year, "--plot", file, cwd=tmp_path)
    assert process.returncode == 2
    assert told in process.stderr
    assert process.stdout == ""


@pytest.mark.parametrize("year", BY_YEAR)
def test_without_matplotlib_the_extra_is_named(tmp_path, year):
    process = run(year, "--plot", "p.png", cwd=tmp_path, prelude="sys.modules['matplotlib'] = None")
    assert process.returncode == 2
    assert 'pip install "tinytorch-course[plots]"' in process.stderr
