"""Optimizers, schedules, clipping and files: step for step what PyTorch does."""

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from oracle import close, our_tensor

import tinytorch
from tinytorch import Tensor, nn, optim
from tinytorch.training import CosineAnnealingLR, Trainer, clip_grad_norm_, load, save

SHAPES = [(3, 2), (4,), (), (2, 1, 3)]


def parameters(seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(rng.standard_normal(s), dtype) for s in SHAPES]
    ours = [our_tensor(a, True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    return ours, theirs


def give_gradients(ours, theirs, rng, skip=()):
    """The same random gradients on both sides; None for the parameters in `skip`."""
    for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
        g = rng.standard_normal(p.shape).astype(p.dtype)
        p.grad = None if i in skip else our_tensor(g, False)
        q.grad = None if i in skip else torch.tensor(g)


def same_numbers(ours, theirs, rtol=2e-5, atol=2e-6):
    for p, q in zip(ours, theirs, strict=True):
        close(p, q, "a parameter", rtol=rtol, atol=atol)


def run(name, steps, options, skip=lambda step: (), dtype=np.float32):
    """`steps` steps of ours and theirs with the same gradients."""
    ours, theirs = parameters(dtype=dtype)
    mine, judge = getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
    rng = np.random.default_rng(1)
    for step in range(steps):
        give_gradients(ours, theirs, rng, skip(step))
        kept = [None if p.grad is None else p.grad.data.copy() for p in ours]
        mine.step()
        judge.step()
        same_numbers(ours, theirs)
        for p, g in zip(ours, kept, strict=True):
            assert p.grad is None if g is None else (p.grad.data == g).all(), "step() changed a gradient"
    return mine, judge, ours, theirs


RATES = st.floats(1e-4, 0.5)
SHARES = st.sampled_from([0.0, 0.3, 0.9])


@given(lr=RATES, momentum=SHARES, dampening=SHARES, decay=st.sampled_from([0, 0.1]), steps=st.integers(1, 5))
def test_sgd(lr, momentum, dampening, decay, steps):
    run("SGD", steps, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": decay})


@given(
    lr=RATES, momentum=st.sampled_from([0.3, 0.9]), decay=st.sampled_from([0, 0.1]), steps=st.integers(1, 5)
)
def test_sgd_nesterov(lr, momentum, decay, steps):
    run("SGD", steps, {"lr": lr, "momentum": momentum, "weight_decay": decay, "nesterov": True})


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
@given(
    lr=RATES,
    betas=st.sampled_from([(0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.9, 0.0)]),
    eps=st.sampled_from([1e-8, 1e-3]),
    decay=st.sampled_from([0, 0.1]),
    steps=st.integers(1, 5),
)
def test_adam(name, lr, betas, eps, decay, steps):
    run(name, steps, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": decay})


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_defaults(name):
    run(name, 5, {})


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_a_hundred_steps(name):
    options = {"lr": 0.01, "weight_decay": 0.01} | ({"momentum": 0.9} if name == "SGD" else {})
    run(name, 100, options)


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {"momentum": 0.9, "dampening": 0.5}), ("Adam", {}), ("AdamW", {})]
)
def test_parameters_without_a_gradient_are_skipped(name, options):
    """Also their state: a parameter that joins later starts with its own first step."""
    run(name, 4, dict(lr=0.1, **options), skip=lambda step: [(0, 1), (0,), (2,), ()][step])


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_float64_parameters_stay_float64(name):
    run(name, 3, {"lr": 0.1, "weight_decay": 0.1}, dtype=np.float64)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e30, 1e-30, 0.0])
def test_special_gradients(name, value):
    ours, theirs = our_tensor(np.ones(2, np.float32)), torch.ones(2, requires_grad=True)
    ours.grad, theirs.grad = our_tensor(np.full(2, value, np.float32), False), torch.full((2,), value)
    getattr(optim, name)([ours], lr=0.1).step()
    getattr(torch.optim, name)([theirs], lr=0.1).step()
    close(ours, theirs)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_groups_with_options_of_their_own(name):
    ours, theirs = parameters()

    def make(params):
        return [{"params": params[:2], "lr": 0.5}, {"params": params[2:], "weight_decay": 0.2}]

    mine = getattr(optim, name)(make(ours), lr=0.01)
    judge = getattr(torch.optim, name)(make(theirs), lr=0.01)
    rng = np.random.default_rng(2)
    for _ in range(3):
        give_gradients(ours, theirs, rng)
        mine.step()
        judge.step()
    same_numbers(ours, theirs)
    for g, h in zip(mine.param_groups, judge.param_groups, strict=True):
        assert {k: v for k, v in g.items() if k != "params"}.items() <= h.items()


@pytest.mark.parametrize(("name", "options"), [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {})])
def test_state_dicts_are_laid_out_as_theirs(name, options):
    mine, judge, _, _ = run(name, 3, dict(lr=0.1, **options))
    ours, theirs = mine.state_dict(), judge.state_dict()
    assert set(ours) == set(theirs) == {"state", "param_groups"}
    assert [g["params"] for g in ours["param_groups"]] == [g["params"] for g in theirs["param_groups"]]
    assert set(ours["state"]) == set(theirs["state"])
    for i, state in ours["state"].items():
        for key, value in state.items():
            want = theirs["state"][i][key]
            assert_allclose(
                value.data if isinstance(value, Tensor) else value, want.numpy(), rtol=1e-5, atol=1e-7
            )


@pytest.mark.parametrize(("name", "options"), [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {})])
def test_going_on_from_a_saved_optimizer(name, options, tmp_path):
    """Bit for bit what would have come without the stop; and ours still agrees with theirs."""
    mine, judge, ours, theirs = run(name, 3, dict(lr=0.1, **options))
    save(mine.state_dict(), tmp_path / "o.safetensors")
    again = [our_tensor(p.data.copy(), True) for p in ours]
    fresh = getattr(optim, name)(again, lr=99.0)
    fresh.load_state_dict(load(tmp_path / "o.safetensors"))
    rng, same = np.random.default_rng(4), np.random.default_rng(4)
    for _ in range(3):
        give_gradients(ours, theirs, rng)
        give_gradients(again, theirs, same)
        for optimizer in (mine, fresh, judge):
            optimizer.step()
    same_numbers(ours, theirs)
    for p, q in zip(ours, again, strict=True):
        assert p.data.tobytes() == q.data.tobytes()


# -- schedule and clipping -----------------------------------------------------------------------------------


@given(T_max=st.integers(1, 12), eta_min=st.sampled_from([0, 0.01]), steps=st.integers(1, 30))
def test_cosine(T_max, eta_min, steps):
    """Also beyond T_max, where the rate climbs again; and for groups with rates of their own."""
    p, q = our_tensor(np.ones(1, np.float32)), torch.ones(1, requires_grad=True)
    p2, q2 = our_tensor(np.ones(1, np.float32)), torch.ones(1, requires_grad=True)
    mine = optim.SGD([{"params": [p]}, {"params": [p2], "lr": 0.5}], lr=0.1)
    judge = torch.optim.SGD([{"params": [q]}, {"params": [q2], "lr": 0.5}], lr=0.1)
    ours = CosineAnnealingLR(mine, T_max, eta_min=eta_min)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(judge, T_max, eta_min=eta_min)
    for _ in range(steps):
        assert_allclose(ours.get_last_lr(), theirs.get_last_lr(), rtol=1e-6, atol=1e-9)
        mine.step()
        judge.step()
        ours.step()
        theirs.step()
    assert_allclose([g["lr"] for g in mine.param_groups], theirs.get_last_lr(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("max_norm", [0.0, 0.1, 1.0, 3.0, 1e6])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_clip(max_norm, scale):
    ours, theirs = parameters()
    give_gradients(ours, theirs, np.random.default_rng(3), skip=(1,))
    for p, q in zip(ours, theirs, strict=True):
        if p.grad is not None:
            p.grad.data *= np.float32(scale)
            q.grad *= scale
    close(clip_grad_norm_(ours, max_norm), torch.nn.utils.clip_grad_norm_(theirs, max_norm))
    for p, q in zip(ours, theirs, strict=True):
        if q.grad is None:
            assert p.grad is None
        else:
            close(p.grad, q.grad)


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e30])
def test_clip_of_special_gradients(value):
    ours, theirs = parameters()
    give_gradients(ours, theirs, np.random.default_rng(3))
    ours[0].grad.data[0, 0] = value
    theirs[0].grad[0, 0] = value
    close(clip_grad_norm_(ours, 1.0), torch.nn.utils.clip_grad_norm_(theirs, 1.0))
    for p, q in zip(ours, theirs, strict=True):
        close(p.grad, q.grad)


def test_clip_of_one_tensor_and_of_nothing():
    ours, theirs = parameters()
    give_gradients(ours, theirs, np.random.default_rng(3))
    close(clip_grad_norm_(ours[0], 0.5), torch.nn.utils.clip_grad_norm_(theirs[0], 0.5))
    close(ours[0].grad, theirs[0].grad)
    assert clip_grad_norm_([], 1.0).item() == torch.nn.utils.clip_grad_norm_([], 1.0).item() == 0


def test_clip_takes_a_generator():
    ours, theirs = parameters()
    give_gradients(ours, theirs, np.random.default_rng(3))
    clip_grad_norm_((p for p in ours), 0.5)
    torch.nn.utils.clip_grad_norm_((p for p in theirs), 0.5)
    for p, q in zip(ours, theirs, strict=True):
        close(p.grad, q.grad)


# -- training runs and files ---------------------------------------------------------------------------------


def mlp(library, act="ReLU"):
    return library.Sequential(library.Linear(12, 9), getattr(library, act)(), library.Linear(9, 4))


def examples():
    rng = np.random.default_rng(6)
    x = rng.standard_normal((40, 12)).astype(np.float32)
    return x, (x[:, :4].argmax(axis=1)).astype(np.int64)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        ("Adam", {"lr": 0.01}),
        ("AdamW", {"lr": 0.01}),
    ],
)
def test_a_training_run(name, options):
    """Sixty steps in batches with clipping and a schedule; then the weights are still theirs."""
    ours, theirs = mlp(nn), mlp(torch.nn)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    mine = getattr(optim, name)(ours.parameters(), **options)
    judge = getattr(torch.optim, name)(theirs.parameters(), **options)
    x, y = examples()
    trainer = Trainer(ours, mine, nn.CrossEntropyLoss(), CosineAnnealingLR(mine, 15), max_norm=1.0)
    history = trainer.fit(x, y, epochs=15, batch_size=10, shuffle=False)
    losses = their_run(theirs, judge, x, y, epochs=15, batch=10)
    assert_allclose([h["loss"] for h in history], losses, rtol=1e-4)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        close(p, q, "a weight", rtol=1e-3, atol=1e-4)


def their_run(model, optimizer, x, y, epochs, batch):
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(x), batch):
            optimizer.zero_grad()
            rows = slice(start, start + batch)
            loss = torch.nn.functional.cross_entropy(model(torch.tensor(x[rows])), torch.tensor(y[rows]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(x[rows])
        schedule.step()
        losses.append(total / len(x))
    return losses


@pytest.mark.parametrize("act", ["ReLU", "GELU", "Tanh"])
def test_weights_trained_here_load_there(act, tmp_path):
    ours = mlp(nn, act)
    x, y = examples()
    optimizer = optim.Adam(ours.parameters(), lr=0.01)
    Trainer(ours, optimizer, nn.CrossEntropyLoss()).fit(x, y, epochs=5, batch_size=8)
    save(ours.state_dict(), tmp_path / "model.safetensors")
    theirs = mlp(torch.nn, act)
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "model.safetensors"))
    close(ours(Tensor(x)), theirs(torch.tensor(x)), atol=1e-5)


@pytest.mark.parametrize("act", ["ReLU", "GELU", "Tanh"])
def test_weights_trained_there_load_here(act, tmp_path):
    theirs = mlp(torch.nn, act)
    x, y = examples()
    their_run(theirs, torch.optim.Adam(theirs.parameters(), lr=0.01), x, y, epochs=5, batch=8)
    safetensors.torch.save_file(
        theirs.state_dict(), tmp_path / "model.safetensors", metadata={"format": "pt"}
    )
    ours = mlp(nn, act)
    ours.load_state_dict(load(tmp_path / "model.safetensors"))
    close(ours(Tensor(x)), theirs(torch.tensor(x)), atol=1e-5)


def test_one_layer_both_ways(tmp_path):
    ours, theirs, x = nn.Linear(5, 3), torch.nn.Linear(5, 3), np.ones((2, 5), np.float32)
    save(ours.state_dict(), tmp_path / "ours")
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "ours"))
    close(ours(Tensor(x)), theirs(torch.tensor(x)), atol=1e-5)
    other = torch.nn.Linear(5, 3)
    safetensors.torch.save_file(other.state_dict(), tmp_path / "theirs")
    ours.load_state_dict(load(tmp_path / "theirs"))
    close(ours(Tensor(x)), other(torch.tensor(x)), atol=1e-5)


def test_torch_tensors_can_be_loaded_without_a_file():
    """`load_state_dict` takes arrays; a torch tensor's numpy() is one."""
    ours, theirs = nn.Linear(5, 3), torch.nn.Linear(5, 3)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in ours.state_dict().items()})
    close(ours.weight, theirs.weight)


def test_seeds_repeat():
    tinytorch.manual_seed(5)
    first = nn.Linear(3, 3).weight.data.copy()
    tinytorch.manual_seed(5)
    assert (nn.Linear(3, 3).weight.data == first).all()
