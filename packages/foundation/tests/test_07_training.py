"""The training loop together with layers, losses, autograd and optimizers; files; runs that are resumed."""

import builtins
import io
import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from tinytorch._files import fingerprint
from tinytorch.core.tensor import Tensor, manual_seed, rng, tensor
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Dropout, Linear, Sequential
from tinytorch.nn.losses import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from tinytorch.optim.optimizers import SGD, Adam, AdamW
from tinytorch.testing import check, check_raises, check_true
from tinytorch.training import CosineAnnealingLR, Trainer, clip_grad_norm_, load, save


def points(n=70):
    """Two classes of points in the plane."""
    numbers = np.random.default_rng(3)
    x = numbers.standard_normal((n, 2)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


def trainer_for(seed=0, optimizer=AdamW, dropout=0.1, T_max=6, max_norm=1.0):
    manual_seed(seed)
    model = Sequential(Linear(2, 16), ReLU(), Dropout(dropout), Linear(16, 2))
    made = optimizer(model.parameters(), lr=0.05)
    return Trainer(model, made, CrossEntropyLoss(), CosineAnnealingLR(made, T_max), max_norm)


def weights(trainer):
    return {name: value.data.copy() for name, value in trainer.model.state_dict().items()}


def check_same(call, got, want):
    """Equal to the last bit."""
    for name in want:
        check(f"{name} of {call}", got[name], want[name], 0)


def optimizer_with(lr=0.1):
    w = Tensor([1.0], requires_grad=True)
    w.grad = Tensor([1.0])
    return SGD([w], lr=lr)


# -- fit and evaluate --------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [SGD, Adam, AdamW])
def test_a_trainer_trains(optimizer):
    trainer, (x, y) = trainer_for(optimizer=optimizer, T_max=40), points()
    first = trainer.evaluate(x, y)[0]
    trainer.fit(x, y, 40, batch_size=8)
    loss, accuracy = trainer.evaluate(x, y)
    check_true(f"the loss falls: {first:.2f} to {loss:.2f}", loss < 0.8 * first)
    check_true(f"most points are right: {accuracy:.0%}", accuracy > 0.75)


def test_history_and_on_epoch():
    trainer, (x, y), seen = trainer_for(), points(10), []
    history = trainer.fit(x, y, 2, on_epoch=seen.append)
    check("what on_epoch was called with", seen, history)
    check("the epochs", [entry["epoch"] for entry in history], [1, 2])
    check("the keys of an entry", sorted(history[0]), ["epoch", "loss", "lr", "seconds"])
    check("fit again goes on counting", trainer.fit(x, y, 1)[-1]["epoch"], 3)
    check("fit for no epochs", len(trainer.fit(x, y, 0)), 3)


@pytest.mark.parametrize("kind", ["Tensors", "arrays", "float64 and float labels", "lists"])
def test_data_in_every_form(kind):
    x, y = points(20)
    forms = {
        "Tensors": (Tensor(x), tensor(y)),
        "arrays": (x, y),
        "float64 and float labels": (x.astype(np.float64), y.astype(np.float64)),
        "lists": (x.tolist(), y.tolist()),
    }
    want, got = trainer_for(), trainer_for()
    manual_seed(1)
    want.fit(x, y, 2, batch_size=8)
    manual_seed(1)
    got.fit(*forms[kind], 2, batch_size=8)
    check_same(f"a run on {kind}", weights(got), weights(want))
    check(f"evaluate on {kind}", got.evaluate(*forms[kind]), want.evaluate(x, y), 1e-6)
    check("dtype of the parameters", got.model[0].weight.dtype, np.dtype(np.float32))


def test_batches_from_elsewhere():
    """Anything that yields pairs anew in each epoch will do, with arrays in them, too."""
    x, y = points(11)
    want, got = trainer_for(dropout=0), trainer_for(dropout=0)
    want.fit(x, y, 3, batch_size=4, shuffle=False)
    parts = [(x[start : start + 4].astype(np.float64), y[start : start + 4]) for start in range(0, 11, 4)]
    got.fit(parts, epochs=3)
    check_same("a run on a list of batches", weights(got), weights(want))
    check("evaluate on a list of batches", got.evaluate(parts), want.evaluate(x, y), 1e-6)
    check_raises("fit on a Tensor alone", lambda: got.fit(Tensor(x)), TypeError, "x and y")
    check_raises("fit on a number alone", lambda: got.fit(3.0), TypeError, "float")
    check_raises("fit on an empty list", lambda: got.fit([]), ValueError, "no examples")
    once = (pair for pair in parts)
    check_raises("two epochs of a generator", lambda: got.fit(once, epochs=2), ValueError, "looped over again")
    check("the number of epochs afterwards", got.epoch, 4)


def test_a_run_without_a_scheduler_is_saved(tmp_path):
    x, y = points(10)
    model = Linear(2, 2)
    trainer = Trainer(model, Adam(model.parameters(), lr=0.1), CrossEntropyLoss())
    trainer.fit(x, y, 2)
    trainer.save(tmp_path / "run")
    other = Linear(2, 2)
    resumed = Trainer(other, Adam(other.parameters(), lr=0.5), CrossEntropyLoss())
    resumed.load(tmp_path / "run")
    check_same("a run without a scheduler, loaded", weights(resumed), weights(trainer))
    check("the history of it", resumed.history, trainer.history)


def test_a_run_is_the_loop_written_out():
    x, y = points(11)
    trainer, other = trainer_for(dropout=0), trainer_for(dropout=0)
    trainer.fit(x, y, 3, batch_size=4, shuffle=False)
    for _ in range(3):
        for start in range(0, 11, 4):
            loss = other.loss_fn(other.model(Tensor(x[start : start + 4])), y[start : start + 4])
            other.optimizer.zero_grad()
            loss.backward()
            clip_grad_norm_(other.model.parameters(), 1.0)
            other.optimizer.step()
        other.scheduler.step()
    check_same("fit, beside the loop written out", weights(trainer), weights(other))


def test_evaluate_changes_nothing():
    trainer, (x, y) = trainer_for(dropout=0.5), points()
    frozen = trainer.model[2].eval()
    before, generator = weights(trainer), rng.bit_generator.state
    results = [trainer.evaluate(x, y, batch_size=size) for size in (7, 70, 1000)]
    check("evaluate in batches of 7, and in one", results[0], results[1], 1e-5)
    check("evaluate in one batch, larger than the data", results[2], results[1], 1e-5)
    check_same("a model after evaluate", weights(trainer), before)
    check_true("the generator is where it was", rng.bit_generator.state == generator)
    check_true("the model is in training mode again", trainer.model.training and trainer.model[0].training)
    check_true("a layer that was in eval mode is so still", not frozen.training)
    check_true("no gradients are left", all(p.grad is None for p in trainer.model.parameters()))


def test_accuracy_needs_labels():
    x, y = points(10)
    model = Linear(2, 1)
    for loss_fn in (MSELoss(), BCEWithLogitsLoss()):
        trainer = Trainer(model, SGD(model.parameters(), lr=0.1), loss_fn)
        trainer.fit(x, y.reshape(10, 1).astype(np.float32), 1)
        loss, accuracy = trainer.evaluate(x, y.reshape(10, 1).astype(np.float32))
        check_true(f"the loss is a number: {loss}", math.isfinite(loss))
        check_true("the accuracy of targets that are no labels is nan", math.isnan(accuracy))


def test_a_nan_stops_the_run_before_the_parameters_change():
    trainer, (x, y) = trainer_for(), points(20)
    trainer.fit(x, y, 1, batch_size=8)
    x[5, 1] = np.nan
    before, moments = weights(trainer), trainer.optimizer.state_dict()["state"][0]["step"]
    call = lambda: trainer.fit(x[:8], y[:8], 1, batch_size=8)  # noqa: E731
    check_raises("fit on data with a nan", call, RuntimeError, "nan", "epoch 2", "batch 1")
    check_same("a model after the nan", weights(trainer), before)
    check("Adam's count of steps after it", trainer.optimizer.state_dict()["state"][0]["step"], moments)
    check("the number of epochs after it", trainer.epoch, 1)


def test_bad_input_is_refused_before_anything_happens():
    trainer, (x, y) = trainer_for(), points(10)
    before = weights(trainer)
    for call, function, words in [
        ("x and y of different lengths", lambda: trainer.fit(x, y[:9], 1), ["(10, 2)", "(9,)"]),
        ("no examples", lambda: trainer.fit(x[:0], y[:0], 1), ["no examples"]),
        ("numbers for x and y", lambda: trainer.fit(1.0, 2.0, 1), ["()"]),
        ("batch_size=0", lambda: trainer.fit(x, y, 1, batch_size=0), ["batch_size", "0"]),
        ("batch_size=1.5", lambda: trainer.fit(x, y, 1, batch_size=1.5), ["batch_size", "1.5"]),
        ("epochs=-1", lambda: trainer.fit(x, y, -1), ["epochs", "-1"]),
        ("labels out of range", lambda: trainer.fit(x, y + 5, 1), ["label", "6"]),
        (
            "max_norm=-1",
            lambda: Trainer(trainer.model, trainer.optimizer, MSELoss(), max_norm=-1),
            ["max_norm"],
        ),
        (
            "a scheduler of another optimizer",
            lambda: Trainer(None, optimizer_with(), None, trainer.scheduler),
            [],
        ),
    ]:
        check_raises(call, function, ValueError, *words)
    wrong = lambda: Trainer(trainer.model, CrossEntropyLoss(), trainer.optimizer)  # noqa: E731
    check_raises("loss and optimizer exchanged", wrong, TypeError, "CrossEntropyLoss")
    check_same("a model after all that", weights(trainer), before)
    trainer.fit(x, y, 1)
    check_true("the trainer works afterwards", trainer.epoch == 1)


# -- clipping and the schedule -----------------------------------------------------------------------------


def test_clipping_as_in_pytorch():
    a, b, c = (Tensor(np.ones(s), requires_grad=True) for s in [(2, 2), (3,), (1,)])
    a.grad, b.grad = Tensor(np.full((2, 2), 3.0)), Tensor(np.full(3, -4.0))
    norm = clip_grad_norm_((p for p in (a, b, c)), 2)
    check("the norm: a Tensor of one number", norm, Tensor(np.sqrt(84)))
    check("a.grad", a.grad, Tensor(np.full((2, 2), 3 * 2 / np.sqrt(84))))
    check("b.grad", b.grad, Tensor(np.full(3, -4 * 2 / np.sqrt(84))))
    check("c.grad", c.grad, None)
    check("one Tensor in place of a list", float(clip_grad_norm_(a, 100)), 2 * 3 * 2 / np.sqrt(84), 1e-5)


def test_clipping_inf_and_nan_as_in_pytorch():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for bad, want in [(np.inf, [np.nan, 0.0]), (np.nan, [np.nan, np.nan])]:
            w = Tensor([1.0, 1.0], requires_grad=True)
            w.grad = Tensor([bad, 1.0])
            check(f"the norm of ({bad}, 1)", clip_grad_norm_([w], 1.0), Tensor(bad))
            check(f"the gradient ({bad}, 1) afterwards", w.grad.data, np.array(want, np.float32))


def test_clipping_keeps_shared_results_apart():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    (x + y).sum().backward()
    clip_grad_norm_([x, y], 1.0)
    check("x.grad of (x + y).sum(), clipped to 1", x.grad, Tensor([0.5, 0.5]))
    check("y.grad", y.grad, Tensor([0.5, 0.5]))


def test_clipping_refuses():
    w = optimizer_with().param_groups[0]["params"][0]
    for bad in (-1, math.nan):
        check_raises(f"max_norm={bad}", lambda: clip_grad_norm_([w], bad), ValueError, "max_norm", bad)  # noqa: B023
    check(
        "the gradient afterwards, clipped to 0.5", (clip_grad_norm_([w], 0.5), w.grad)[1], Tensor([0.5]), 1e-4
    )


def test_the_schedule_as_in_pytorch():
    optimizer = optimizer_with(lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=3, eta_min=0.1)
    rates = []
    for _ in range(8):
        scheduler.step()
        rates.append(scheduler.get_last_lr()[0])
    check("T_max=3, eta_min=0.1, eight steps", rates, [0.4, 0.2, 0.1, 0.2, 0.4, 0.5, 0.4, 0.2], 1e-6)


def test_the_schedule_refuses():
    optimizer = optimizer_with()
    for T_max in (0, -3):
        check_raises(f"T_max={T_max}", lambda: CosineAnnealingLR(optimizer, T_max), ValueError, T_max)  # noqa: B023
    check_raises("no optimizer", lambda: CosineAnnealingLR(0.1, 5), TypeError, "float")
    scheduler = CosineAnnealingLR(optimizer, 2)
    scheduler.step()
    check("the rate of one that was accepted", scheduler.get_last_lr(), [0.05], 1e-6)


# -- files -------------------------------------------------------------------------------------------------


TREE = {
    "tensor": Tensor([[1.5, -2.5]]),
    "arrays": [np.arange(3), np.array(True), np.zeros((0, 4), np.float32), np.array(7.0)],
    "numbers": (1, 0.1, 1e-300, math.inf, True, None, 2**100),
    "text": "\u00e9 \u4e2d",
    3: {"deep": [{"deeper": Tensor(np.arange(12.0).reshape(3, 4).T)}]},
    "": [],
    "a.b": Tensor([1.0]),
    "a": {"b": Tensor([2.0])},
}


def test_a_tree_comes_back(tmp_path):
    save(TREE, tmp_path / "tree")
    check("load after save", load(tmp_path / "tree"), TREE, 0)
    for value in (Tensor([1.0]), np.ones(2), [], 5, {}):
        save(value, str(tmp_path / "one"))
        check(f"load after save of {value!r}", load(tmp_path / "one"), value, 0)


def test_a_flat_state_dict_is_plain_safetensors(tmp_path):
    model = trainer_for().model
    save(model.state_dict(), tmp_path / "model.safetensors")
    plain = safetensors.numpy.load_file(tmp_path / "model.safetensors")
    check("the names in the file", sorted(plain), sorted(model.state_dict()))
    for name, value in plain.items():
        check(name, value, model.state_dict()[name].data, 0)


def test_a_file_of_another_program_is_a_flat_dict(tmp_path):
    save({"b": 1}, tmp_path / "other")
    safetensors.numpy.save_file({"w": np.ones((2, 3), np.float32)}, tmp_path / "other", {"format": "pt"})
    check("load of a file that safetensors wrote", load(tmp_path / "other"), {"w": Tensor(np.ones((2, 3)))})


def damaged(path):
    """A good file, and what can become of it."""
    good = path.read_bytes()
    length = int.from_bytes(good[:8], "little")
    changed, renamed = bytearray(good), good.replace(b'"w"', b'"v"')
    changed[-1] ^= 1
    yield "cut off", good[: len(good) // 2]
    yield "cut off by one byte", good[:-1]
    yield "one byte too long", good + b"x"
    yield "empty", b""
    yield "one bit changed", bytes(changed)
    yield "a tensor renamed", renamed
    yield (
        "the header changed",
        good[:8] + good[8 : 8 + length].replace(b"epoch", b"epoxy") + good[8 + length :],
    )
    yield "a text", b"hello, this is a text and no tensors"
    yield "a pickle", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}\x94."
    yield "a zip", b"PK\x03\x04" + bytes(100)


def test_a_damaged_file_is_a_clear_error(tmp_path):
    path = tmp_path / "run.safetensors"
    save({"w": Tensor([1.0, 2.0]), "epoch": 4}, path)
    for what, content in damaged(path):
        (tmp_path / "bad.safetensors").write_bytes(content)
        call = lambda: load(tmp_path / "bad.safetensors")  # noqa: E731
        check_raises(
            f"load of a file that is {what}", call, ValueError, "bad.safetensors", "load another copy"
        )
    check("the good file still loads", load(path)["epoch"], 4)
    check_raises("load of no file", lambda: load(tmp_path / "none"), FileNotFoundError, "none")


def test_a_file_of_many_levels(tmp_path):
    """Written by hand: `save` itself cannot go down so far."""
    structure, path = "[" * 100_000 + "]" * 100_000, tmp_path / "deep.safetensors"
    save([[1]], path)
    check("load of a list in a list", load(path), [[1]])
    facts = {"tinytorch": structure, "sha256": fingerprint(structure, {})}
    path.write_bytes(safetensors.numpy.save({}, facts))
    check_raises("load of a list in a list in a list ...", lambda: load(path), ValueError, "deep.safetensors")


def test_what_cannot_be_saved_leaves_the_old_file(tmp_path):
    path = tmp_path / "run"
    save({"epoch": 1}, path)
    for bad, word in [
        ({"a": {"b": object()}}, "a.b"),
        ({"f": len}, "f"),
        ([1, {1, 2}], "1"),
        ({(1, 2): 3}, "(1, 2)"),
        ({"c": 1j}, "c"),
        ({"o": np.array([None])}, "o"),
    ]:
        check_raises(f"save({bad!r})", lambda: save(bad, path), TypeError, word)  # noqa: B023
    check("the file afterwards", load(path), {"epoch": 1})
    check("the files in the folder", [p.name for p in tmp_path.iterdir()], ["run"])


class FullDisk:
    """A file of which half the first write arrives; whoever opens a file to write gets one."""

    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, content):
        self.file.write(content[: len(content) // 2])
        raise OSError("no space left on device")

    @classmethod
    def opened(cls, file, mode="r", *rest, **options):
        opened = real_open(file, mode, *rest, **options)
        return opened if set(mode) <= set("rbt") else cls(opened)


real_open = open


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run"
    save({"epoch": 1}, path)
    for module in (builtins, io):  # Path.write_bytes and tempfile go through io.open
        monkeypatch.setattr(module, "open", FullDisk.opened)
    check_raises("save on a full disk", lambda: save({"epoch": 2}, path), OSError, "no space")
    monkeypatch.undo()
    check("the file afterwards", load(path), {"epoch": 1})
    check("the files in the folder", [p.name for p in tmp_path.iterdir()], ["run"])


def test_the_header_is_json(tmp_path):
    save({"epoch": 3, "w": Tensor([1.0])}, tmp_path / "run")
    content = (tmp_path / "run").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    check_true("the structure is JSON in the metadata", "epoch" in header["__metadata__"]["tinytorch"])


# -- resuming ----------------------------------------------------------------------------------------------

RESUME = """
import sys
sys.path[:0] = sys.argv[1:2]
from test_07_training import points, trainer_for
trainer = trainer_for(seed=1234)
trainer.load(sys.argv[2])
trainer.fit(*points(), 3, batch_size=8)
trainer.save(sys.argv[3])
"""


def test_a_run_goes_on_in_another_process(tmp_path):
    whole, half = trainer_for(), trainer_for()
    manual_seed(0)
    whole.fit(*points(), 6, batch_size=8)
    manual_seed(0)
    half.fit(*points(), 3, batch_size=8)
    half.save(tmp_path / "half")
    here, script = str(Path(__file__).parent), [sys.executable, "-P", "-c", RESUME]
    paths = f"import sys; sys.path[:] = {sys.path!r}\n" + RESUME
    script[-1] = paths
    subprocess.run([*script, here, str(tmp_path / "half"), str(tmp_path / "whole")], check=True, cwd=tmp_path)
    resumed = load(tmp_path / "whole")
    check_same("6 epochs, and 3 + save + new process + load + 3", resumed["model"], weights(whole))
    losses = [entry["loss"] for entry in whole.history]
    check("the losses of all epochs", [entry["loss"] for entry in resumed["history"]], losses, 0)
    moments, want = resumed["optimizer"]["state"][0], whole.optimizer.state_dict()["state"][0]
    check("exp_avg_sq of parameter 0", moments["exp_avg_sq"], want["exp_avg_sq"], 0)
    check("its count of steps", moments["step"], want["step"])
    check("the groups", resumed["optimizer"]["param_groups"], whole.optimizer.state_dict()["param_groups"])


@pytest.mark.parametrize(
    "damage", ["model", "optimizer", "scheduler", "generator", "not a run", "no scheduler"]
)
def test_a_state_that_does_not_fit_changes_nothing(damage):
    trainer, (x, y) = trainer_for(), points(16)
    trainer.fit(x, y, 2)
    before, state = weights(trainer), trainer.state_dict()
    bad = {
        "model": {**state, "model": {"0.weight": Tensor([1.0])}},
        "optimizer": {**state, "optimizer": {"state": {}, "param_groups": []}},
        "scheduler": {**state, "scheduler": {**state["scheduler"], "base_lrs": []}},
        "generator": {**state, "generator": {"bit_generator": "MT19937"}},
        "not a run": trainer.model.state_dict(),
        "no scheduler": {**state, "scheduler": None},
    }[damage]
    other = trainer_for(seed=7)
    other.fit(x, y, 1)
    mine, lr = weights(other), other.optimizer.param_groups[0]["lr"]
    random = rng.bit_generator.state
    check_raises(f"load_state_dict: {damage}", lambda: other.load_state_dict(bad), ValueError)
    check_same("a model after it", weights(other), mine)
    check(
        "its epoch, learning rate and count of the schedule",
        [other.epoch, other.scheduler.last_epoch],
        [1, 1],
    )
    check("its learning rate", other.optimizer.param_groups[0]["lr"], lr)
    check_true("the generator is where it was", rng.bit_generator.state == random)
    other.load_state_dict(state)
    check_same("a model after a state that fits", weights(other), before)


class Counting(Linear):
    """A layer that counts its batches in a buffer."""

    def __init__(self):
        super().__init__(2, 2)
        self.register_buffer("seen", tensor([0]))

    def forward(self, x):
        self.seen.data += 1
        return super().forward(x)


def test_a_run_keeps_the_buffers():
    def run():
        model = Counting()
        return Trainer(model, SGD(model.parameters(), lr=0.1), CrossEntropyLoss())

    first, second = run(), run()
    first.fit(*points(), 1, batch_size=35)
    second.load_state_dict(first.state_dict())
    check("the buffer after a run's state was loaded", second.model.seen, first.model.seen.data.copy())
    check("the number of batches that it has counted", int(second.model.seen.item()), 2)
