import json
import re


def normal(run):
    text = re.sub(r"(?m)^(ok    python +)\S+$", r"\1VERSION", run.text)
    text = re.sub(r"(?m)^note +python .*\n +one keeps.*\n", "", text)
    text = re.sub(r"(numpy|tinytorch-course) [\w.]+", r"\1 VERSION", text)
    return type(run)(re.sub(r"disk( +).*free", r"disk\1N free", text), run.code)


def test_all_well(learner, expect):
    expect(normal(learner.tt("doctor")), "well", 0)


def test_a_damaged_workspace(learner, expect):
    (learner.folder / ".tinytorch/foundation/hints.json").unlink()
    expect(normal(learner.tt("doctor")), "damaged", 2)


def test_outside_a_workspace(bare, expect):
    bare.uninstall()
    expect(normal(bare.tt("doctor")), "outside", 2)


def test_a_file_with_a_syntax_error(learner, expect):
    learner.write("01_box", "result = 0", "result = = 0")
    expect(normal(learner.tt("doctor")), "syntax_error", 0)


def test_as_json(learner):
    found = json.loads(learner.tt("doctor", "--json").text)
    assert found["healthy"] is True
