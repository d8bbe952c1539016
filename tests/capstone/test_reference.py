"""What everybody's entry stands on: the same model, requests that cannot be foretold, and an exact judge."""

import dataclasses
import hashlib
import math
import os
from pathlib import Path

import numpy as np
import pytest

from tinytorch import Tensor, manual_seed, no_grad
from tinytorch.datasets import TinyDigits, TinyTalks
from tinytorch.nn import generate

NAMES = ["cifar10-cnn", "digits-cnn", "tinytalks-transformer"]
WITH_DATA = ["digits-cnn", "tinytalks-transformer"]  # the data set comes with the framework


@pytest.fixture(params=NAMES)
def track(reference, request):
    return reference.read_track(request.param)


@pytest.fixture(params=WITH_DATA)
def small(reference, request):
    return reference.read_track(request.param)


@pytest.fixture
def digits(reference):
    return reference.read_track("digits-cnn")


@pytest.fixture
def talks(reference):
    return reference.read_track("tinytalks-transformer")


def with_requests(track, **changed):
    return dataclasses.replace(track, requests=track.requests | changed)


# -- the rules


def test_the_tracks(reference):
    assert reference.tracks() == NAMES
    with pytest.raises(ValueError, match=r"there is no track 'mnist'; there are cifar10-cnn, digits-cnn, tiny"):
        reference.read_track("mnist")


def test_a_name_is_no_path(reference):
    with pytest.raises(ValueError, match="there is no track"):
        reference.read_track("../tracks/digits-cnn")


def test_what_all_tracks_have(track):
    assert track.accuracy_floor == 0.99
    assert 0.9 <= track.agreement < 1
    assert track.rank_by in track.metrics
    assert len(set(track.metrics)) == len(track.metrics)
    assert track.measuring.keys() == {"processes", "warmup", "requests", "batches", "batch"}
    assert track.measuring["processes"] >= 5  # an interval over fewer says nothing
    assert all(value > 0 for value in track.limits.values())


def test_all_baselines_are_small(reference):
    files = list((reference.FOLDER / "baselines").iterdir())
    assert len(files) == len(NAMES)
    assert sum(file.stat().st_size for file in files) < 3_000_000


# -- the model


def test_the_baseline_is_the_file_of_the_rules(track):
    model, again = track.baseline(), track.baseline()
    assert model.track is track
    assert not any(module.training for _, module in model.named_modules())
    content = (Path(__file__).parents[2] / "capstone" / track.weights["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == track.weights["sha256"]
    for (name, one), (_, other) in zip(model.named_tensors(), again.named_tensors(), strict=True):
        assert (one.data == other.data).all(), name
        assert one.data is not other.data


def test_a_damaged_baseline(reference, digits, tmp_path, monkeypatch):
    whole = (reference.FOLDER / digits.weights["file"]).read_bytes()
    (tmp_path / "baselines").mkdir()
    (tmp_path / digits.weights["file"]).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"digits-cnn\.safetensors is damaged: its SHA-256 is .*, expected"):
        digits.baseline()


def test_the_baseline_is_as_good_as_the_rules_say(small):
    inputs, labels = small.draw(seed=5, count=300)
    right = small.right(small.baseline_predict(small.baseline())(inputs), labels).mean()
    said = small.weights["accuracy"]
    assert abs(right - said) < 4 * math.sqrt(said * (1 - said) / 300)
    assert 0.85 < said < 1


def test_the_structure_alone_is_not_trained(small):
    manual_seed(0)
    inputs, labels = small.draw(seed=5, count=50)
    assert small.right(small.baseline_predict(small.build())(inputs), labels).mean() < 0.4


# -- requests


def test_the_seed_decides_the_requests(small):
    (first, labels), (again, _), (other, _) = small.draw(7, 40), small.draw(7, 40), small.draw(2**100 + 7, 40)
    assert (first == again).all()
    assert first.shape == other.shape
    assert not (first == other).all()
    assert labels.dtype == np.int64


def test_no_request_comes_twice(small):
    inputs, _ = small.draw(3, 1500)  # more than there are
    seen = {row.tobytes() for row in inputs}
    assert len(seen) == len(inputs)
    training, _ = small.training_data()
    assert not seen & {row.tobytes() for row in training}


def test_requests_come_from_the_test_split(digits):
    inputs, labels = with_requests(digits, shift=0, noise=0).draw(1, 1000)
    test = TinyDigits(train=False)
    rows = {image.tobytes(): label for image, label in zip(test.images, test.labels, strict=True)}
    drawn = [np.rint(image[0] * 255).astype("uint8").tobytes() for image in inputs]
    assert set(drawn) == set(rows)
    assert [rows[image] for image in drawn] == labels.tolist()


def shifted(image, down, right):
    """image (H, W) moved: rolled round, and what came in at the other side is 0."""
    moved = np.roll(image, (down, right), axis=(0, 1))
    rows, columns = np.arange(len(image)) - down, np.arange(len(image)) - right
    moved[(rows < 0) | (rows >= len(image))] = 0
    moved[:, (columns < 0) | (columns >= len(image))] = 0
    return moved


def test_images_are_moved(digits):
    track = with_requests(digits, noise=0)
    images = track.training_data()[0][:60]
    moves = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    found = set()
    for image, moved in zip(images, track.vary(images, np.random.default_rng(0)), strict=True):
        fitting = [move for move in moves if (shifted(image[0], *move) == moved[0]).all()]
        assert len(fitting) == 1
        found |= set(fitting)
    assert len(found) > 15


def test_images_have_noise(digits):
    track = with_requests(digits, shift=0)
    images = track.training_data()[0][:200]
    noise = track.vary(images, np.random.default_rng(0)) - images
    assert abs(noise.mean()) < 0.001
    assert noise.std() == pytest.approx(track.requests["noise"], rel=0.02)
    assert noise.dtype == np.float32


def text(track, row):
    """A row of tokens as words."""
    words = track.words()
    return " ".join(words[token] for token in row if words[token] not in ("<pad>", "<end>"))


def spaced(sentence):
    """A sentence with its mark as a word."""
    return sentence.replace(",", " ,").replace("?", " ?").replace(".", " .").replace("!", " !")


def test_texts_are_tokens_and_back(talks):
    inputs, labels = talks.training_data()
    pairs = TinyTalks("train")
    assert len(talks.words()) == talks.model["vocab"]
    assert inputs.shape == (len(pairs), talks.model["prompt"])
    for row, answer, (question, expected) in zip(inputs, labels, pairs, strict=True):
        assert text(talks, row) == spaced(question)
        assert text(talks, answer) == spaced(expected)
        assert row[-1] == talks.end == answer[-1]


def test_questions_are_varied(talks):
    """Some words before, perhaps two words exchanged, and the same answer."""
    inputs, _ = with_requests(talks, exchanged=0).draw(1, 400)
    asked = {spaced(question): answer for question, answer in TinyTalks("heldout")}
    before = set()
    for row in inputs:
        words = text(talks, row).split(" ")
        (at,) = [n for n in range(len(words)) if " ".join(words[n:]) in asked]
        before.add(at)
    assert before == set(range(1, talks.requests["before"] + 1))
    exchanged, _ = with_requests(talks, before=1, exchanged=1).draw(1, 400)
    plain = [sorted(question.split()) for question in asked]
    for row in exchanged:
        words = text(talks, row).split(" ")[1:]
        assert sorted(words) in plain
        assert words[-1] in ".?!"
    assert sum(" ".join(text(talks, row).split(" ")[1:]) in asked for row in exchanged) < 5


def test_a_word_and_its_mark_are_not_exchanged(talks):
    track = with_requests(talks, before=1, exchanged=1)
    inputs = np.array([track.prompt(question) for question in ([5, 6], [5, 6, 7])])
    rows = track.vary(inputs, np.random.default_rng(0)).tolist()
    assert [row[-4:] for row in rows] == [[rows[0][-4], 5, 6, 1], [6, 5, 7, 1]]


def test_labels_answer_their_questions(talks):
    inputs, labels = with_requests(talks, exchanged=0).draw(9, 100)
    answers = {spaced(question): spaced(answer) for question, answer in TinyTalks("heldout")}
    for row, label in zip(inputs, labels, strict=True):
        (answer,) = [a for q, a in answers.items() if text(talks, row).endswith(q) and text(talks, label) == a]
        assert answer


def test_photographs_that_are_not_there(reference, tmp_path, monkeypatch):
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"CIFAR-10 is not in .*To download it"):
        reference.read_track("cifar10-cnn").draw(0, 1)


def test_photographs(reference):
    if not Path(os.environ.get("TINYTORCH_DATA", ""), "cifar-10-batches-bin").is_dir():
        pytest.skip("no CIFAR-10 here")
    track = reference.read_track("cifar10-cnn")
    inputs, labels = track.draw(seed=5, count=200)
    right = track.right(track.baseline_predict(track.baseline())(inputs), labels).mean()
    assert abs(right - track.weights["accuracy"]) < 0.15


# -- the judge


def test_right_images(digits):
    logits = np.zeros((3, 10), "float32")
    logits[[0, 1, 2], [4, 5, 6]] = 1
    assert digits.right(logits, np.array([4, 5, 7])).tolist() == [True, True, False]


def test_right_texts(talks):
    labels = np.array([[5, 6, 1, 1, 1, 1, 1, 1, 1, 1]] * 3)
    answers = labels.copy()
    answers[1, 1], answers[2, 9] = 7, 5
    assert talks.right(answers, labels).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (np.zeros((2, 10), "float64"), r"an array \(2, 10\) of float32, not an array \(2, 10\) of float64"),
        (np.zeros((3, 10), "float32"), r"\(2, 10\) of float32, not an array \(3, 10\)"),
        (np.full((2, 10), np.nan, "float32"), "nan or inf"),
        (np.full((2, 10), np.inf, "float32"), "nan or inf"),
    ],
)
def test_answers_that_are_none(digits, answers, problem):
    with pytest.raises(ValueError, match=problem):
        digits.right(answers, np.array([1, 2]))


def test_agreement_of_logits(digits):
    expected = np.array([[3.0, 4.0, *[0.0] * 8]], "float32")
    answers = expected.copy()
    answers[0, 2] = 0.4  # of a norm of 5
    assert digits.likeness(answers, expected) == pytest.approx(0.92)
    assert digits.agrees(answers, expected)
    answers[0, 2] = 0.6
    assert not digits.agrees(answers, expected)


def test_agreement_of_tokens(talks):
    expected = np.array([[5, 6, 7, 1, 1, 1, 1, 1, 1, 1]] * 25)
    answers = expected.copy()
    assert talks.likeness(answers, expected) == 1
    answers[0, 0] = 9
    assert talks.likeness(answers, expected) == pytest.approx(74 / 75)  # ends are not counted
    assert talks.agrees(answers, expected)
    answers[1, 3] = 9  # one token more than expected
    assert talks.likeness(answers, expected) == pytest.approx(74 / 76)
    assert not talks.agrees(answers, expected)


def test_nobody_agrees_with_other_weights(small):
    """An answer that is right is not yet the baseline's."""
    manual_seed(1)
    inputs, _ = small.draw(2, 40)
    expected = small.baseline_predict(small.baseline())(inputs)
    assert small.agrees(expected, expected)
    other = small.baseline()
    for parameter in other.parameters():
        parameter.data += 0.2 * parameter.data.std() * np.random.default_rng(0).standard_normal(parameter.shape, "f4")
    assert not small.agrees(small.baseline_predict(other)(inputs), expected)


def test_the_baseline_writes_as_generate_does(talks):
    model, (inputs, _) = talks.baseline(), talks.draw(4, 12)
    answers = talks.baseline_predict(model)(inputs)
    expected = generate(model, inputs, talks.answer_width, temperature=0).data[:, talks.model["prompt"] :]
    for mine, theirs in zip(answers.tolist(), expected.tolist(), strict=True):
        upto = theirs.index(talks.end) if talks.end in theirs else len(theirs)
        assert mine == theirs[:upto] + [talks.end] * (len(theirs) - upto)


def test_one_request_or_many(small):
    model, (inputs, _) = small.baseline(), small.draw(4, 12)
    predict = small.baseline_predict(model)
    together, alone = predict(inputs), np.concatenate([predict(one[None]) for one in inputs])
    assert together.dtype == alone.dtype == small.answer_dtype
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-4)


def test_the_photographs_model_runs(reference):
    track = reference.read_track("cifar10-cnn")
    with no_grad():
        answers = track.baseline()(Tensor(np.zeros((2, 3, 32, 32), "float32"))).data
    assert track.checked(answers, 2).shape == (2, 10)
