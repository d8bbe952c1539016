"""The competition's tracks: the model that everybody starts from, the data, the requests, and what counts as right.

>>> track = read_track("digits-cnn")
>>> model = track.baseline()                            # a Module with the baseline's weights, in eval mode
>>> inputs, labels = track.draw(seed=1, count=100)      # requests from the test split, varied by the seed
>>> predict = track.baseline_predict(model)
>>> float(track.right(predict(inputs), labels).mean()) > 0.9
True

Every number is in `tracks/NAME.toml`. This file needs tinytorch, NumPy, safetensors and the standard library.
"""

import functools
import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from tinytorch import Tensor, datasets, no_grad
from tinytorch.nn import (
    BatchNorm2d,
    Conv2d,
    CrossEntropyLoss,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Transformer,
)

FOLDER = Path(__file__).resolve().parent
PAD, END = 0, 1  # the first two tokens of a text track; its words follow
WORD = re.compile(r"[^\s.,?!]+|[.,?!]")


def tracks():
    """The names of the tracks, in alphabetical order."""
    return sorted(path.stem for path in (FOLDER / "tracks").glob("*.toml"))


def read_track(name):
    """The track of this name; ValueError if there is none."""
    if name not in tracks():
        raise ValueError(f"there is no track {name!r}; there are {', '.join(tracks())}")
    with open(FOLDER / "tracks" / f"{name}.toml", "rb") as file:
        sheet = tomllib.load(file)
    return KINDS[sheet["model"]["kind"]](**sheet)


def read_weights(path):
    """The arrays in a file of weights, by name."""
    return load_arrays(Path(path).read_bytes())


def write_weights(model, path):
    """All parameters and buffers of a model in a file: the same numbers give the same bytes."""
    arrays = {name: np.array(value.data, order="C") for name, value in model.state_dict().items()}
    Path(path).write_bytes(save_arrays(arrays))


@dataclass(frozen=True)
class Track:
    """One track: the facts of its TOML file as attributes. `model.track` of every model that it builds is the track."""

    name: str
    title: str
    rank_by: str
    metrics: list
    accuracy_floor: float  # of the baseline's accuracy on the same requests
    agreement: float  # closed division: what `agrees` asks for
    model: dict
    weights: dict  # file, sha256, accuracy
    data: dict
    requests: dict  # how requests are varied
    measuring: dict  # processes, warmup, requests (single stream, each process), batches (offline), batch
    limits: dict  # optimize_seconds, optimize_megabytes, worker_seconds, worker_megabytes, source_kilobytes, ...

    # -- the model

    def build(self):
        """The model's structure, with weights that are not trained, in eval mode."""
        model = self.structure().eval()
        model.track = self
        return model

    def baseline(self):
        """The model with the baseline's weights, in eval mode. ValueError if the file is not the one of the rules."""
        path = FOLDER / self.weights["file"]
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.weights["sha256"]:
            expected = self.weights["sha256"]
            raise ValueError(f"{path} is damaged: its SHA-256 is {found[:12]}..., expected {expected[:12]}...")
        model = self.build()
        model.load_state_dict(load_arrays(content))
        return model

    # -- the data

    def training_data(self):
        """(inputs, labels) of the training split, unvaried."""
        return self.split("train")

    def draw(self, seed, count):
        """`count` requests from the test split, and their labels. Each is varied, so that no two are the same.

        The same seed gives the same requests. No question or image comes twice before all have come once.
        """
        rng = np.random.default_rng(seed)
        inputs, labels = self.split("test")
        rounds = -(-count // len(inputs))
        rows = np.concatenate([rng.permutation(len(inputs)) for _ in range(rounds)])[:count]
        return self.vary(inputs[rows], rng), labels[rows]

    # -- the answers

    @property
    def answer_width(self):
        """Answers to n inputs are an array of `answer_dtype` and of shape (n, answer_width)."""
        raise NotImplementedError

    def checked(self, answers, count):
        """The answers as an array; ValueError for another shape or type, and for what is no number."""
        answers = np.asarray(answers)
        expected = (count, self.answer_width)
        if answers.shape != expected or answers.dtype != self.answer_dtype:
            what = f"an array {answers.shape} of {answers.dtype}"
            raise ValueError(f"answers to {count} inputs are an array {expected} of {self.answer_dtype}, not {what}")
        if not np.isfinite(answers).all():
            raise ValueError("the answers hold nan or inf")
        return answers

    def agrees(self, answers, expected):
        """Are these the answers of the baseline (closed division)? Both are to the same requests."""
        return self.likeness(answers, expected) >= self.agreement


# -- images ------------------------------------------------------------------------------------------------------------


class ImageTrack(Track):
    """Inputs float32 (n, channels, size, size), labels int64 (n,), answers: logits float32 (n, classes)."""

    answer_dtype = np.dtype("float32")

    @property
    def answer_width(self):
        return self.model["classes"]

    def structure(self):
        """Blocks of convolution, batch norm, ReLU and pooling, each of which halves the image; then two layers."""
        channels, size, layers = self.model["channels"], self.model["size"], []
        for filters in self.model["filters"]:
            layers += [Conv2d(channels, filters, 3, padding=1), BatchNorm2d(filters), ReLU(), MaxPool2d(2)]
            channels, size = filters, size // 2
        layers += [Flatten(), Linear(channels * size * size, self.model["hidden"]), ReLU()]
        return Sequential(*layers, Linear(self.model["hidden"], self.model["classes"]))

    def split(self, name):
        part = getattr(datasets, self.data["set"])(train=name == "train")
        images = part.images.reshape(len(part), -1, *part.images.shape[-2:]).astype("float32")
        return (images - np.float32(self.data["centre"])) / np.float32(self.data["spread"]), part.labels.astype("int64")

    def vary(self, inputs, rng):
        """Each image moved by a few pixels, with a little noise. 0 comes in at its edges."""
        shift, (count, _, height, width) = self.requests["shift"], inputs.shape
        wide = np.pad(inputs, ((0, 0), (0, 0), (shift, shift), (shift, shift)))
        corners = rng.integers(0, 2 * shift + 1, (count, 2))
        moved = np.stack([w[:, i : i + height, j : j + width] for w, (i, j) in zip(wide, corners, strict=True)])
        return moved + np.float32(self.requests["noise"]) * rng.standard_normal(moved.shape, "float32")

    def baseline_predict(self, model):
        """predict(inputs) -> logits, by the model as it is."""

        def predict(inputs):
            with no_grad():
                return model(Tensor(inputs)).data

        return predict

    def loss(self, model, inputs, labels):
        """What training makes smaller: the mean cross-entropy."""
        return CrossEntropyLoss()(model(inputs), labels)

    def right(self, answers, labels):
        """Which answers are right: the largest logit is the label's."""
        return self.checked(answers, len(labels)).argmax(axis=1) == labels

    def likeness(self, answers, expected):
        """1 minus the relative error: the norm of the difference over the norm of what is expected."""
        expected = self.checked(expected, len(expected)).astype("float64")
        difference = self.checked(answers, len(expected)) - expected
        return float(1 - np.linalg.norm(difference) / np.linalg.norm(expected))


# -- questions and answers ---------------------------------------------------------------------------------------------


@functools.cache
def vocabulary(name):
    """The two tokens that are no words, then the words and marks of a data set's training split."""
    talks = getattr(datasets, name)("train")
    return ["<pad>", "<end>", *sorted({word for pair in talks for text in pair for word in WORD.findall(text)})]


class TextTrack(Track):
    """Inputs int64 (n, prompt): a question's tokens, filled with PAD at the left. Labels and answers int64 (n, answer):
    the tokens up to END, then END. A token is a word or a mark of the training split, in alphabetical order."""

    answer_dtype = np.dtype("int64")
    end = END

    @property
    def answer_width(self):
        return self.model["answer"]

    def structure(self):
        """A causal decoder with learned positions; as many as a prompt and its answer need."""
        size = {name: self.model[name] for name in ("vocab", "d_model", "n_heads", "n_layers")}
        return Transformer(**size, max_len=self.model["prompt"] + self.model["answer"])

    def words(self):
        """The vocabulary: its place in this list is a word's token."""
        return vocabulary(self.data["set"])

    def split(self, name):
        talks = getattr(datasets, self.data["set"])(self.data[name])
        tokens = {word: token for token, word in enumerate(self.words())}
        ids = [[[tokens[word] for word in WORD.findall(text)] for text in pair] for pair in talks]
        inputs = np.array([self.prompt(question) for question, _ in ids], "int64")
        width = self.model["answer"]
        return inputs, np.array([answer + [END] * (width - len(answer)) for _, answer in ids], "int64")

    def prompt(self, question):
        """A question's tokens as a row of inputs: PAD, ..., the tokens, END."""
        return [PAD] * (self.model["prompt"] - len(question) - 1) + [*question, END]

    def vary(self, inputs, rng):
        """Each question after a few words that say nothing, and some of them with two words exchanged."""
        return np.array([self.varied([token for token in row if token != PAD], rng) for row in inputs], "int64")

    def varied(self, row, rng):
        question = row[:-1]  # without END
        if len(question) > 2 and rng.random() < self.requests["exchanged"]:
            i = rng.integers(len(question) - 2)  # the mark stays the last
            question[i], question[i + 1] = question[i + 1], question[i]
        room = self.model["prompt"] - len(question) - 1
        before = rng.integers(END + 1, self.model["vocab"], min(room, rng.integers(1, self.requests["before"] + 1)))
        return self.prompt([*before, *question])

    def baseline_predict(self, model):
        """predict(inputs) -> answers: after each token the model reads everything again."""

        def scores(rows):
            with no_grad():
                return model(rows).data[:, -1]

        return lambda inputs: self.greedy(scores, inputs)

    def greedy(self, scores, inputs):
        """The answers, token by token the likeliest, until each has its END. scores(rows so far) -> (n, vocab)."""
        rows, prompt = np.asarray(inputs), inputs.shape[1]
        for _ in range(self.answer_width):
            rows = np.concatenate([rows, scores(rows).argmax(axis=1)[:, None]], axis=1)
            if (rows[:, prompt:] == END).any(axis=1).all():
                break
        return self.finished(rows[:, prompt:])

    def finished(self, answers):
        """Answers (n, up to answer_width) as they are judged: after the first END nothing but END."""
        whole = np.full((len(answers), self.answer_width), END, self.answer_dtype)
        whole[:, : answers.shape[1]] = answers
        whole[np.cumsum(whole == END, axis=1) > 0] = END
        return whole

    def loss(self, model, inputs, labels):
        """What training makes smaller: the mean cross-entropy of the answers' tokens, up to the first END of each."""
        rows, prompt = np.concatenate([inputs, labels], axis=1), inputs.shape[1]
        said, ends = model(rows[:, :-1])[:, prompt - 1 :], labels == END
        counted = np.cumsum(ends, axis=1) - ends == 0
        return CrossEntropyLoss()(said[counted], labels[counted])

    def right(self, answers, labels):
        """Which answers are right to the letter."""
        return (self.checked(answers, len(labels)) == labels).all(axis=1)

    def likeness(self, answers, expected):
        """The fraction of tokens that are equal, those after both ends not counted."""
        expected = self.checked(expected, len(expected))
        answers = self.checked(answers, len(expected))
        counted = (answers != END) | (expected != END)
        return float((answers == expected)[counted].mean()) if counted.any() else 1.0


KINDS = {"cnn": ImageTrack, "transformer": TextTrack}
