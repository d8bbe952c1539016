import subprocess
import sys
import zipfile

import pytest


def test_without_installing(learner, expect):
    learner.write("01_box")
    learner.tt("check")
    expect(learner.tt("build", "--no-install"), "no_install", 0)
    (wheel,) = (learner.folder / "dist").iterdir()
    assert "result += item" in zipfile.ZipFile(wheel).read("tinytorch/core/box.py").decode()


def test_only_the_newest_wheel_stays(learner):
    for text in ("0", "0.0"):
        learner.write("01_box", "result = 0", f"result = {text}")
        learner.tt("build", "--no-install")
    assert len(list((learner.folder / "dist").iterdir())) == 1


def test_a_module_that_does_not_compile(learner, expect):
    learner.write("01_box", "result = 0", "result = = 0")
    expect(learner.tt("build"), "syntax_error", 1)
    assert not list(learner.folder.glob("dist/*.whl"))


@pytest.mark.parametrize("name", ["dist", ".tinytorch/build"])
def test_a_file_where_a_folder_should_be(learner, name):
    learner.write("01_box")
    path = learner.folder / name
    if path.is_dir():
        path.rmdir()
    path.write_text("notes", "utf-8")
    run = learner.tt("build", "--no-install")
    assert run.code == 2
    assert f"WORKSPACE/{name} cannot be a folder: a file is in its way" in run.text
    assert path.read_text("utf-8") == "notes"


def test_installing(learner, expect, environment, monkeypatch):
    learner.write("01_box")
    learner.tt("check")
    monkeypatch.setattr(sys, "executable", str(environment))
    expect(learner.tt("build", process=True), "installs", 0)
    code = "import tinytorch.core.box as b, tinytorch; print(b.total(b.Box([1, 2])), b.__file__)"
    del learner.environment["PYTHONPATH"]
    done = subprocess.run(
        [str(environment), "-P", "-c", code],
        env=learner.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("3 ")
    assert str(environment.parents[1]) in done.stdout
    # the reference is gone from the environment, and the workspace has all it needs
    assert learner.tt("check").code == 0
    assert learner.tt("start", "02").code == 0
