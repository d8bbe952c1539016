"""One wheel for each tier of which something is the learner's."""

import subprocess
import sys
import zipfile

import pytest


def built(learner):
    return sorted(p.name.partition("-")[0] for p in (learner.folder / "dist").iterdir())


@pytest.fixture
def written(both):
    for stem in ("01_box", "04_bars"):
        both.tt("start", stem[:2])
        both.write(stem)
        assert both.tt("check").code == 0
    return both


def test_of_both(written, expect):
    expect(written.tt("build", "--no-install"), "build_both", 0)
    charts, foundation = sorted((written.folder / "dist").iterdir())
    assert '"#" * item' in zipfile.ZipFile(charts).read("tinytorch/charts/bars.py").decode()
    names = set(zipfile.ZipFile(charts).namelist())
    assert not names & {"tinytorch/core/box.py", "tinytorch/__init__.py", "tinytorch/charts/axis.py"}
    assert "tinytorch/core/stats.py" in zipfile.ZipFile(foundation).namelist()


def test_of_the_upper_alone(written, expect):
    written.tt("use", "reference", "01")
    expect(written.tt("build", "--no-install"), "build_upper", 0)
    assert built(written) == ["tinytorch_charts"]


def test_of_the_lower_alone(both):
    both.write("01_box")
    assert both.tt("build", "--no-install").code == 0
    assert built(both) == ["tinytorch_foundation"]


def test_of_nothing(both, expect):
    both.tt("use", "reference", "01")
    expect(both.tt("build", "--no-install"), "build_nothing", 2)


def test_of_a_hand_out(handed_out, expect):
    handed_out.write("04_bars")
    expect(handed_out.tt("build", "--no-install"), "build_hand_out", 0)
    assert built(handed_out) == ["tinytorch_charts"]


def test_a_change_above_leaves_the_wheel_below(written):
    written.tt("build", "--no-install")
    first = {p.name for p in (written.folder / "dist").iterdir()}
    written.write("04_bars", "round(mean(box))", "int(mean(box))")
    written.tt("build", "--no-install")
    second = {p.name for p in (written.folder / "dist").iterdir()}
    assert len(second) == 2
    assert {name.partition("-")[0] for name in first & second} == {"tinytorch_foundation"}


def test_installing(written, expect, environment, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(environment))
    expect(written.tt("build", process=True), "build_installs", 0)
    code = "from tinytorch.core.box import Box; from tinytorch.charts.bars import bars; print(bars(Box([1, 2])))"
    del written.environment["PYTHONPATH"]
    done = subprocess.run(
        [str(environment), "-P", "-c", code], env=written.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['#', '##']\n"
