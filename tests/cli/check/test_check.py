import json

import pytest


def test_right_answers(learner, expect):
    learner.write("01_box")
    expect(learner.tt("check"), "passes", 0)


def test_nothing_written_yet(learner, expect):
    expect(learner.tt("check"), "nothing_written", 1)


def test_a_wrong_answer(learner, expect):
    learner.write("01_box", "result += item", "result = item")
    expect(learner.tt("check"), "wrong_answer", 1)


def test_an_assertion_without_words(learner, expect):
    learner.write("01_box", "result = 0", "result = 0 if box.items else None")
    expect(learner.tt("check"), "bare_assertion", 1)


def test_an_error_in_the_code(learner, expect):
    learner.write("01_box", "result += item", "result += itm")
    expect(learner.tt("check"), "name_error", 1)


def test_only_an_integration_check_fails(learner, expect):
    learner.write("01_box", "list(items)", "items")
    expect(learner.tt("check"), "integration_fails", 1)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("syntax_error", "result += item", "result += (item"),
        ("indentation", "    for item", "      for item"),
        ("tab", "        result += item", "\tresult += item"),
    ],
)
def test_code_that_does_not_compile(learner, expect, name, old, new):
    learner.write("01_box", old, new)
    expect(learner.tt("check"), name, 1)


def test_an_endless_loop(learner, expect):
    learner.hurry()
    learner.write("01_box", "result += item", "while True: pass")
    expect(learner.tt("check"), "endless_loop", 1)


def test_an_endless_loop_does_not_hide_the_first_failure(learner, expect):
    learner.hurry()
    learner.write("01_box", "result += item", "while True: pass")
    learner.edit("01_box", "len(self.items)", "0")
    expect(learner.tt("check"), "failure_before_endless_loop", 1)


def test_an_error_in_the_check_itself(learner, expect):
    learner.write("01_box", "def size(self)", "def size(self, unit)")
    expect(learner.tt("check"), "other_arguments", 1)


def test_an_example_in_a_docstring(learner, expect):
    learner.write("01_box")
    learner.tt("start", "02")
    learner.write("02_stats", "return max(box.items)", "return 1.0 * max(box.items)")
    expect(learner.tt("check", "02"), "example_fails", 1)
    learner.write("02_stats")
    assert "example" not in learner.tt("check", "02").text


def test_an_example_that_does_not_end(learner):
    learner.hurry()
    learner.write("01_box")
    learner.tt("start", "02")
    learner.write("02_stats", "return max(box.items)", "while box.items == [1, 5]: pass\n    return max(box.items)")
    shown = learner.tt("check", "02")
    assert shown.code == 1
    assert "it did not come to an end in the example of spread" in shown.text


def test_an_endless_loop_in_a_folder_with_any_name(learner, expect):
    learner.folder = learner.folder.rename(learner.folder.with_name("Über Kurs ł 课"))
    learner.hurry()
    learner.write("01_box", "result += item", "while True: pass")
    expect(learner.tt("check"), "endless_loop", 1)


def test_an_endless_loop_at_import(learner, expect):
    learner.hurry()
    learner.write("01_box", "class Box:", "while True: pass\n\nclass Box:")
    expect(learner.tt("check"), "endless_import", 1)


def test_a_renamed_function(learner, expect):
    learner.write("01_box", "def total(", "def totals(")
    expect(learner.tt("check"), "renamed", 1)


def test_a_deleted_method(learner, expect):
    learner.write("01_box")
    text = learner.path("01_box").read_text("utf-8")
    a, b = text.index("    def size"), text.index("# %% test=")
    learner.path("01_box").write_text(text[:a] + "\n" + text[b:], "utf-8")
    expect(learner.tt("check"), "deleted_method", 1)


def test_a_changed_test_cell_has_no_effect(learner, expect):
    learner.write("01_box", "result += item", "result = item")
    learner.edit("01_box", "total(Box([1, 2, 3])), 6)", "total(Box([1, 2, 3])), 3)")
    expect(learner.tt("check"), "changed_test", 1)


def test_a_deleted_test_cell_is_checked_all_the_same(learner, expect):
    learner.write("01_box")
    text = learner.path("01_box").read_text("utf-8")
    a, b = text.index('# %% test="total"'), text.index("# %% [markdown] reflect")
    learner.path("01_box").write_text(text[:a] + text[b:], "utf-8")
    expect(learner.tt("check"), "deleted_test", 0)


def test_a_deleted_marker(learner, expect):
    learner.write("01_box", '# %% solution="total"\n', "")
    expect(learner.tt("check"), "deleted_marker", 0)
    learner.write("01_box", '# %% solution="total"\n#| export\n', "")
    expect(learner.tt("check"), "deleted_marker_and_directive", 1)


def test_a_region_without_an_end(learner, expect):
    learner.write("01_box", "    result = 0\n", "    ### BEGIN SOLUTION\n    result = 0\n")
    expect(learner.tt("check"), "no_end", 1)


def test_a_file_in_another_encoding(learner, expect):
    path = learner.write("01_box", "numbers in a box", "numbers in a bôx")
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    expect(learner.tt("check"), "latin1", 1)


def test_an_empty_file(learner, expect):
    learner.path("01_box").write_text("", "utf-8")
    expect(learner.tt("check"), "empty_file", 1)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("sys_exit", "import sys; sys.exit(0)"),
        ("os_exit", "import os; os._exit(0)"),
        ("reads_input", "item = input('your number? ')"),
        ("prints_a_lot", "[print('x' * 1000) for _ in range(100_000)]; return None"),
        ("recursion", "return total(box)"),
        ("killed", "import os; os.kill(os.getpid(), 9)"),
    ],
)
def test_code_that_misbehaves(learner, expect, name, code):
    learner.write("01_box", "result += item", code)
    expect(learner.tt("check"), name, 1)


def test_exit_at_import_is_no_pass(learner):
    learner.write("01_box", "class Box:", "import os; os._exit(0)\n\nclass Box:")
    run = learner.tt("check")
    assert run.code == 1
    assert "0 of 30 points" in run.text


def test_more_memory_than_there_is(learner):
    learner.write("01_box", "result += item", "return bytearray(1 << 40)")
    run = learner.tt("check")
    assert run.code == 1
    assert "MemoryError" in run.text


def test_warnings_are_shown_and_not_fatal(learner, expect):
    warn = "import numpy as np; np.float32(1) / np.float32(0); result += item"
    learner.write("01_box", "result += item", warn)
    expect(learner.tt("check"), "numpy_warning", 0)


def test_an_error_in_a_thread_is_told_in_a_line(learner):
    code = "import threading as t; a = t.Thread(target=lambda: 1 / 0); a.start(); a.join(); result += item"
    learner.write("01_box", "result += item", code)
    text = learner.tt("check").text
    assert "in thread" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "tracemalloc" not in text


def test_prerequisites_that_are_not_finished(learner, expect):
    learner.tt("start", "02")
    learner.write("02_stats")
    expect(learner.tt("check", "02"), "needs_unfinished", 1)


def test_prerequisites_that_do_not_compile(learner, expect):
    learner.write("01_box", "result = 0", "result = = 0")
    learner.tt("start", "02")
    expect(learner.tt("check", "02"), "needs_broken", 1)


def test_the_reference_helps_out(learner):
    learner.tt("start", "02")
    learner.write("02_stats")
    assert learner.tt("use", "reference", "01").code == 0
    assert learner.tt("check", "02").code == 0


def test_a_module_that_is_not_started(learner, expect):
    expect(learner.tt("check", "02"), "not_started", 2)


def test_through(learner, expect):
    learner.write("01_box")
    learner.tt("start", "02")
    learner.write("02_stats", "/ box.size()", "/ (box.size() + 1)")
    expect(learner.tt("check", "--through", "02"), "through", 1)


def test_later_modules_are_asleep(learner):
    """Module 02 is right and built, but a check of 01 does not see it."""
    learner.tt("start", "02")
    learner.write("02_stats")
    learner.write("01_box", "result = 0", "import tinytorch.core.stats; result = 0")
    run = learner.tt("check", "01")
    assert run.code == 1
    assert "No module named 'tinytorch.core.stats'" in run.text


def test_as_json(learner):
    learner.write("01_box", "result += item", "result = item")
    run = learner.tt("check", "--json")
    found = json.loads(run.text)
    assert run.code == 1
    assert found["passed"] is False
    assert found["points"] == 10
    assert found["of"] == 30
    failed = next(check for check in found["checks"] if not check["passed"])
    assert failed["id"] == "total"
    assert failed["message"] == "total(Box([1, 2, 3]))\nwanted  6\ngot     3"
    assert failed["where"] == "modules/01_box.py, line 32"


def test_no_words_when_json_was_asked_for(learner):
    learner.path("01_box").write_text("#| default_exp core.box\n#| export\ndef f(:\n", "utf-8")
    found = json.loads(learner.tt("check", "--json").text)
    assert found["error"]["message"]


def test_two_files_of_one_module(learner):
    (learner.folder / "modules/01_box.ipynb").write_text("{}", "utf-8")
    run = learner.tt("check")
    assert run.code == 2
    assert "there are two files of module 01" in run.text


def test_nothing_is_left_behind(learner):
    learner.write("01_box")
    learner.tt("check")
    assert list((learner.folder / ".tinytorch/build").iterdir()) == []
    assert sorted(p.name for p in (learner.folder / "modules").iterdir()) == ["01_box.py"]
