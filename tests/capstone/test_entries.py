"""The example entries do what they say, on requests that they have not seen."""

import ast
import runpy

import numpy as np
import pytest
from house import ROOT

import tinytorch.acceleration

ENTRIES = sorted((ROOT / "capstone/entries").glob("*.py"))
FEW = 192  # examples to learn from


@pytest.fixture
def exchanges(monkeypatch):
    """What an entry accelerates for the rest of its process ends with the test."""
    kept, accelerate = [], tinytorch.acceleration.accelerate
    monkeypatch.setattr(tinytorch.acceleration, "accelerate", lambda: kept.append(accelerate()) or kept[-1])
    yield kept
    for exchange in reversed(kept):
        exchange.undo()


def texts(path):
    """The constants at the head of an entry, by its syntax."""
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found[node.targets[0].id] = node.value.value
    return found


def some_requests(track):
    if track.data["set"] != "CIFAR10":
        return track.draw(11, 48)[0]
    return np.random.default_rng(0).standard_normal((48, 3, 32, 32), "float32")


def some_examples(track):
    """Few, so that learning is quick; for photographs none: their entries do not learn."""
    return None if track.data["set"] == "CIFAR10" else tuple(part[:FEW] for part in track.training_data())


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem)
def test_head(reference, path):
    found = texts(path)
    assert found.keys() == {"TRACK", "DIVISION", "TITLE"}
    assert found["TRACK"] in reference.tracks()
    assert found["DIVISION"] in ("closed", "open")
    assert 0 < len(found["TITLE"]) <= 80
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_there_is_one_to_start_with_for_each_track(reference):
    starts = [texts(path)["TRACK"] for path in ENTRIES if path.stem.endswith("_start")]
    assert sorted(starts) == reference.tracks()


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem)
def test_answers(reference, path, exchanges, tmp_path):
    """Closed: the baseline's answers. Open, hardly trained: answers at all, and from fewer numbers."""
    entry, said = runpy.run_path(str(path)), texts(path)
    track = reference.read_track(said["TRACK"])
    inputs = some_requests(track)
    expected = track.baseline_predict(track.baseline())(inputs)
    baseline = reference.read_weights(reference.FOLDER / track.weights["file"])
    reference.write_weights(entry["optimize"](track.baseline(), some_examples(track)), tmp_path / "model")
    state = reference.read_weights(tmp_path / "model")
    answers = track.checked(entry["load"](track.build(), state)(inputs), len(inputs))
    if said["DIVISION"] == "closed":
        assert track.agrees(answers, expected)
    else:
        assert sum(array.size for array in state.values()) < sum(array.size for array in baseline.values())
    if "int8" in said["TITLE"]:
        assert (tmp_path / "model").stat().st_size < sum(array.nbytes for array in baseline.values()) / 3.5
    assert bool(exchanges) == ("accelerate" in path.read_text("utf-8"))
