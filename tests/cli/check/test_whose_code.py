"""It is the learner's code that is checked, wherever else a right tinytorch can be found."""

import os
import shutil

import pytest


@pytest.fixture
def right(learner):
    """A complete and right tinytorch, as an installed reference wheel leaves it."""
    folder = learner.folder.parent / "right"
    shutil.copytree(learner.site / "tinytorch_foundation/project/src", folder)
    for stem, target in (("01_box", "core/box"), ("02_stats", "core/stats"), ("03_scaling", "scaling")):
        text = (learner.site / f"tinytorch_foundation/project/modules/{stem}.py").read_text("utf-8")
        (folder / f"tinytorch/{target}.py").write_text(text, "utf-8")
    return folder


def wrong(learner):
    learner.write("01_box", "result += item", "result = item")
    run = learner.tt("check")
    assert run.code == 1
    assert "10 of 30 points" in run.text


def test_an_installed_reference(learner, right):
    shutil.copytree(right / "tinytorch", learner.site / "tinytorch")
    wrong(learner)


def test_pythonpath(learner, right):
    learner.environment["PYTHONPATH"] = str(right) + os.pathsep + learner.environment["PYTHONPATH"]
    wrong(learner)


def test_beside_the_learners_files(learner, right):
    shutil.copytree(right / "tinytorch", learner.folder / "tinytorch")
    shutil.copytree(right / "tinytorch", learner.folder / "modules/tinytorch")
    learner.environment["PYTHONPATH"] = os.pathsep.join(["", ".", learner.environment["PYTHONPATH"]])
    wrong(learner)


def test_a_path_file_that_imports_it_early(learner, right):
    """As a sitecustomize: tinytorch is in sys.modules before the first line of the check runs."""
    (right / "sitecustomize.py").write_text("import tinytorch.core.box\n", "utf-8")
    test_pythonpath(learner, right)


def test_a_module_of_the_learner_that_fetches_it(learner, right):
    fetch = f"import sys; sys.path.insert(0, {str(right)!r}); sys.meta_path.pop(0)\n"
    fetch += "for name in [n for n in sys.modules if n.startswith('tinytorch')]: del sys.modules[name]\n"
    learner.write("01_box", "class Box:", fetch + "import tinytorch.core.stats\n\nclass Box:")
    run = learner.tt("check")
    assert run.code == 1
    assert "the checks did not get the code that was built" in run.text


def test_later_modules_of_the_reference_are_out_of_reach(learner, right):
    shutil.copytree(right / "tinytorch", learner.site / "tinytorch")
    learner.write("01_box", "result = 0", "import tinytorch.core.stats; result = 0")
    assert "No module named 'tinytorch.core.stats'" in learner.tt("check").text
