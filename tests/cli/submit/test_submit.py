"""tt submit 20: a workspace's entry to the competition, and what is said where there can be none."""

import hashlib
import json
import re
import sys
import zipfile

import pytest
from house import ROOT

from tinytorch_course import confine
from tinytorch_course.competition import archive, claim, measure

ADA = ("--name", "Ada Lovelace")
RETURN = "    return model\n"  # the last line of `optimize` in the entry to begin with
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be confined there at all")


def submit(learner, *arguments):
    """Everything but what was measured, the time and the machine."""
    run = learner.tt("submit", "20", *arguments)
    text = re.sub(r"note: your code runs unconfined here: .*\n", "", run.text)
    text = re.sub(r"note: the machine is too noisy .*\n", "", text)
    text = re.sub(r"(?m)^    (\w+) +[\d,.]+ \S+ +[\d,.]+ \S+  x .*", r"    \1 MEASURED", text)
    text = re.sub(r"(?m)^    accuracy .*", "    accuracy MEASURED", text)
    text = re.sub(r"\b[\d,]+ bytes", "N bytes", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
    text = re.sub(r"\b20\d\d-\d\d-\d\dT\S+Z", "TIME", text)
    text = re.sub(r"(?<=01_tensor.py, line )\d+", "N", text)
    return type(run)(text, run.code)


# --- what can be said before anything runs


def test_another_module(learner, expect):
    expect(learner.tt("submit", "14"), "another_module", 2)


def test_without_the_capstone(real, expect):
    real.tt("start", "01")
    real.uninstall("capstone")
    expect(real.tt("submit", "20", *ADA), "no_capstone", 2)


def test_before_anything_is_started(real, expect):
    real.tt("start", "01")
    expect(submit(real, *ADA), "nothing_written", 1)


def test_without_a_name(learner, expect):
    expect(submit(learner), "no_name", 2)
    assert not (learner.folder / "capstone").exists()


@pytest.mark.parametrize("name", ["A" * 81, "Ada\x07"])
def test_a_name_that_is_none(learner, name):
    assert submit(learner, "--name", name).code == 2


def test_no_such_track(learner, expect):
    run = submit(learner, *ADA, "--track", "imagenet")
    assert run.text.startswith("tt: there is no track imagenet\n    there are: ")
    assert "digits-cnn" in run.text
    assert run.code == 2
    assert not (learner.folder / "capstone").exists()


def test_the_entry_says_something_else(learner, entry, expect):
    path = entry()
    before = path.read_bytes()
    expect(submit(learner, *ADA, "--division", "open"), "another_division", 2)
    assert path.read_bytes() == before


def test_an_entry_that_is_no_python(learner, entry):
    entry("def load(", "def load")
    run = submit(learner, *ADA)
    assert run.code == 1
    assert "entry.py:13 is no Python that can be read" in run.text


def test_what_it_needs_is_not_written(learner, expect):
    learner.tt("start", "16")
    expect(submit(learner, *ADA), "not_written", 1)


def test_a_needed_module_that_cannot_be_read(learner, expect):
    path = learner.path("14_profiling")
    path.write_text(path.read_text("utf-8").replace("def energy(", "def energy("[:-1]), "utf-8")
    run = submit(learner, *ADA)
    assert run.code == 1
    assert "a submission needs module 14 (Profiling), which cannot be used: SyntaxError" in run.text


def test_a_framework_in_the_closed_division(learner, entry, expect):
    entry('"""The baseline as it is: an entry to begin with."""\n', "import torch\n")
    expect(submit(learner, *ADA), "framework", 1)


def test_an_entry_to_begin_with_is_made_for_a_track_and_a_division(learner):
    for name in claim.tracks():
        path = learner.folder / "capstone/entry.py"
        path.unlink(missing_ok=True)
        learner.tt("start", "16")  # not written, so that nothing runs
        run = submit(learner, *ADA, "--track", name, "--division", "open")
        assert run.text.startswith("Made capstone/entry.py: ")
        made = claim.read_entry(path)
        assert (made.track, made.division) == (name, "open")


# --- the entry fails


def test_an_error_in_the_entry(learner, entry, expect):
    entry(RETURN, "    return smaller(model)\n\n\ndef smaller(model):\n    return model.shrink()\n")
    expect(submit(learner, *ADA), "error", 1)


def test_an_error_in_a_module(learner, entry, expect):
    """Its line is that of the learner's file."""
    path = learner.path("14_profiling")
    broken = "def count_parameters(*a):\n    1 / 0\n\n\ndef other("
    text = path.read_text("utf-8").replace("def count_parameters(", broken)
    path.write_text(text, "utf-8")
    line = text.split("\n").index("    1 / 0") + 1
    entry(RETURN, "    from tinytorch.profiling import count_parameters\n    count_parameters(model)\n")
    run = submit(learner, *ADA)
    assert run.code == 1
    assert f"\n    modules/14_profiling.py, line {line}, in count_parameters\n" in run.text
    assert "ZeroDivisionError" in run.text


def test_an_endless_loop(learner, entry, rules, expect):
    rules(optimize_seconds=4)
    entry(RETURN, "    while True:\n        pass\n")
    expect(submit(learner, *ADA), "endless", 1)


def test_data_that_are_not_here(learner, entry, rules, tmp_path):
    rules(set='"CIFAR10"')
    entry()
    learner.environment["TINYTORCH_DATA"] = str(tmp_path / "nowhere")
    run = submit(learner, *ADA)
    assert run.code == 2
    assert "tt: CIFAR-10 is not in " in run.text
    assert "python -m tinytorch.datasets cifar10" in run.text
    assert "or enter a track whose data come with TinyTorch" in run.text


@pytest.fixture
def hasty(monkeypatch):
    """`--quick` measures next to nothing: too little for a submission, enough to meet what is wrong."""
    few = {"processes": 1, "warmup": 2, "requests": 1, "batches": 1, "batch": 1}
    monkeypatch.setattr(measure, "QUICK", few)


def test_their_own_capstone_fails(learner, hasty):
    path = learner.path("20_capstone")
    text = path.read_text("utf-8")
    text = text.replace('        values = {"version": 1', '        1 / 0\n        values = {"version": 1')
    path.write_text(text, "utf-8")
    line = text.split("\n").index("        1 / 0") + 1
    run = submit(learner, *ADA, "--quick")
    assert run.code == 1
    assert "tt: tinytorch.capstone did not make a submission of it: ZeroDivisionError: division by zero\n" in run.text
    assert f"\n    modules/20_capstone.py, line {line}, in make\n" in run.text


def test_too_many_wrong_answers(learner, entry, hasty, expect):
    entry("    return model.track.baseline_predict(model)\n", ZEROS)
    expect(submit(learner, *ADA, "--quick"), "wrong_answers", 1)


ZEROS = """\
    predict = model.track.baseline_predict(model)
    return lambda inputs: 0 * predict(inputs)
"""


# --- and where it is well


def test_the_zip_and_the_receipt(learner, expect):
    path = learner.path("14_profiling")
    secret = "# %% [markdown] reflect=\"mine\" points=2\n# What I think of it\n"
    path.write_text(path.read_text("utf-8") + f"\n{secret}", "utf-8")
    expect(submit(learner, *ADA, "--quick"), "submitted", 0)
    (zipped,) = (learner.folder / "submissions").glob("*.zip")
    assert re.fullmatch(r"ada-lovelace-digits-cnn-\d{8}-\d{6}", zipped.stem)
    receipt = zipped.with_suffix(".txt").read_text("utf-8")
    assert hashlib.sha256(zipped.read_bytes()).hexdigest() in receipt
    names = archive.unpack(zipped, learner.folder / "there")  # as whoever verifies it reads it
    assert sorted(names) == [
        "artefacts/model.safetensors",
        "entry.py",
        "modules/14_profiling.py",
        "modules/20_capstone.py",
        "submission.json",
    ]
    with zipfile.ZipFile(zipped) as file:
        submission = json.loads(file.read("submission.json"))
        assert not [name for name in file.namelist() if b"What I think of it" in file.read(name)]
        assert file.read("entry.py") == (learner.folder / "capstone/entry.py").read_bytes()
    by = {m["number"]: m["by"] for tier in submission["tiers"] for m in tier["modules"]}
    assert [number for number, who in by.items() if who == "learner"] == [14, 20]
    assert (submission["name"], submission["track"], submission["division"]) == ("Ada Lovelace", "digits-cnn", "closed")
    # the name is remembered, and what is there is taken as it is
    learner.tt("start", "16")
    assert submit(learner).text.startswith("Takes capstone/entry.py: the baseline, unchanged ")


def test_a_python_that_is_two_links_away(tmp_path):
    """As in an environment made by one that was made by another: all links must be seen from inside."""
    file, near, far = (tmp_path / name for name in ("python3.11", "near/python3", "far/python"))
    file.touch()
    for link, target in ((near, file), (far, near)):
        link.parent.mkdir()
        link.symlink_to(target)
    assert {far, near, file} <= set(confine.links(far))
    assert ROOT.is_dir()
