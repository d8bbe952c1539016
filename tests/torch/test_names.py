"""PyTorch's names: the same call gives the same values and the same gradients on both sides."""

import numpy as np
import pytest
import torch

import tinytorch
import tinytorch.nn.functional
import tinytorch.nn.init
from tinytorch import nn

X = np.array([[0.5, -1.5, 2.0, 0.25], [3.0, 0.0, -0.75, 1.5], [-2.0, 1.25, 0.75, -0.5]], np.float32)

# name: the call, with `t` for the library and x, y for its tensors (3, 4)
CALLS = {
    "view": lambda t, x, y: x.view(2, 6),
    "view_as": lambda t, x, y: x.view(4, 3).view_as(y),
    "flatten": lambda t, x, y: x.view(3, 2, 2).flatten(1),
    "flatten function": lambda t, x, y: t.flatten(x),
    "squeeze": lambda t, x, y: x.view(3, 1, 4, 1).squeeze(),
    "squeeze dim": lambda t, x, y: x.view(3, 1, 4, 1).squeeze(-1),
    "squeeze nothing": lambda t, x, y: x.squeeze(0),
    "unsqueeze": lambda t, x, y: x.unsqueeze(1) + y.unsqueeze(-1).transpose(1, 2),
    "unsqueeze last": lambda t, x, y: x.unsqueeze(-1),
    "expand": lambda t, x, y: x[:1].expand(3, -1) * y,
    "expand in front": lambda t, x, y: x.expand(2, 3, 4),
    "expand_as": lambda t, x, y: x[:, :1].expand_as(y) * y,
    "repeat": lambda t, x, y: x.repeat(2, 1, 3),
    "t": lambda t, x, y: x.t() @ y,
    "mT": lambda t, x, y: x.mT,
    "contiguous": lambda t, x, y: x.transpose(0, 1).contiguous().view(-1),
    "narrow": lambda t, x, y: x.narrow(1, 1, 2),
    "select": lambda t, x, y: x.select(1, 2),
    "index_select": lambda t, x, y: x.index_select(1, t.tensor([0, 0, 3])),
    "unbind": lambda t, x, y: x.unbind(1)[1] * x.unbind(0)[0][:3],
    "split": lambda t, x, y: x.split(3, dim=1)[1],
    "split lengths": lambda t, x, y: t.split(x, [1, 3], dim=1)[1],
    "chunk": lambda t, x, y: x.chunk(3, dim=-1)[0],
    "flip": lambda t, x, y: x.flip(0, 1),
    "gather": lambda t, x, y: x.gather(1, t.tensor([[0, 0], [3, 1], [2, 2]])),
    "tril": lambda t, x, y: x.tril(),
    "triu": lambda t, x, y: t.triu(x, 1),
    "tril below": lambda t, x, y: x.tril(-1),
    "cat": lambda t, x, y: t.cat([x, y, x], dim=1),
    "cat last": lambda t, x, y: t.cat((x, y), dim=-1),
    "stack": lambda t, x, y: t.stack([x, y], dim=1),
    "hstack": lambda t, x, y: t.hstack([x, y]),
    "vstack": lambda t, x, y: t.vstack([x[0], y]),
    "where": lambda t, x, y: t.where(x > y, x, y * 2),
    "where number": lambda t, x, y: t.where(x > 0, x, 0.5),
    "where method": lambda t, x, y: x.where(x > 0, y),
    "masked_fill": lambda t, x, y: x.masked_fill(y > 0, 0.0),
    "masked softmax": lambda t, x, y: x.masked_fill(t.tril(t.ones(3, 4)) == 0, float("-inf")).softmax(dim=-1),
    "masked_select": lambda t, x, y: x.masked_select(y > 0),
    "clamp": lambda t, x, y: x.clamp(-1, 1),
    "clamp below": lambda t, x, y: t.clamp(x, min=0.3),
    "maximum": lambda t, x, y: t.maximum(x, y),
    "minimum": lambda t, x, y: x.minimum(y),
    "max": lambda t, x, y: t.max(x),
    "min": lambda t, x, y: x.min(),
    "max of two": lambda t, x, y: t.max(x, y),
    "min of two": lambda t, x, y: x.min(y),
    "amin": lambda t, x, y: x.amin(dim=1),
    "amax": lambda t, x, y: x.amax(dim=0, keepdim=True),
    "var": lambda t, x, y: x.var(),
    "var dim": lambda t, x, y: x.var(1, unbiased=False),
    "var keepdim": lambda t, x, y: x.var(dim=(0, 1), keepdim=True),
    "std": lambda t, x, y: x.std(dim=0, keepdim=True),
    "norm": lambda t, x, y: x.norm(),
    "norm dim": lambda t, x, y: x.norm(2, dim=1, keepdim=True),
    "norm 1": lambda t, x, y: x.norm(1, dim=0),
    "norm of zeros": lambda t, x, y: (x * 0).norm(),
    "cumsum": lambda t, x, y: x.cumsum(1),
    "sort": lambda t, x, y: x.sort(dim=1, descending=True)[0],
    "topk": lambda t, x, y: t.topk(x, 2)[0],
    "topk smallest": lambda t, x, y: x.topk(2, dim=0, largest=False)[0],
    "sin": lambda t, x, y: t.sin(x) + t.cos(y),
    "square": lambda t, x, y: x.square(),
    "rsqrt": lambda t, x, y: (x * x + 1).rsqrt(),
    "reciprocal": lambda t, x, y: t.reciprocal(x * x + 1),
    "log2": lambda t, x, y: t.log2(x * x + 1) + (y * y + 1).log10(),
    "pow": lambda t, x, y: t.pow(x, 3),
    "pow of a number": lambda t, x, y: t.pow(t.tensor(2.0), x),
    "add": lambda t, x, y: x.add(y, alpha=3),
    "sub": lambda t, x, y: t.sub(x, y),
    "mul": lambda t, x, y: t.mul(x, y),
    "div": lambda t, x, y: x.div(y * y + 1),
    "matmul": lambda t, x, y: t.matmul(x, y.t()),
    "mm": lambda t, x, y: x.mm(y.t()),
    "bmm": lambda t, x, y: t.bmm(x.unsqueeze(0), y.t().unsqueeze(0)),
    "outer": lambda t, x, y: t.outer(x[0], y[1]),
    "clone": lambda t, x, y: x.clone() * y,
    "double": lambda t, x, y: (x.double() * y.double()).float(),
    "floor": lambda t, x, y: x.floor() + x.round() + x,
    "sum function": lambda t, x, y: t.sum(x * y, dim=1),
    "mean function": lambda t, x, y: t.mean(x, dim=0),
    "exp": lambda t, x, y: t.exp(x) + t.sqrt(y * y + 1) + t.abs(x) + t.log(y * y + 1),
    "transpose": lambda t, x, y: t.transpose(x, 0, 1),
    "sigmoid": lambda t, x, y: t.sigmoid(x) + y.sigmoid(),
    "tanh": lambda t, x, y: t.tanh(x) * y.tanh(),
    "relu": lambda t, x, y: t.relu(x) + y.relu(),
    "softmax": lambda t, x, y: t.softmax(x, dim=0) + y.log_softmax(1),
    "item assignment": lambda t, x, y: assigned(t.zeros(3, 4), x),
    "item assignment in a result": lambda t, x, y: assigned(y * 2, x),
    "add_": lambda t, x, y: (x * 2).add_(y),
    "mul_": lambda t, x, y: (x * 2).mul_(y),
    "masked_fill_": lambda t, x, y: (x * 2).masked_fill_(x > 0, 1.0),
    "meshgrid": lambda t, x, y: t.meshgrid(x[0], y[0], indexing="ij")[0],
    "linspace": lambda t, x, y: x * t.linspace(0, 1, 4),
    "eye": lambda t, x, y: x @ t.eye(4),
    "full": lambda t, x, y: x * t.full((3, 4), 2.5),
    "arange": lambda t, x, y: x * t.arange(0, 4, dtype=t.float32),
}


def assigned(target, x):
    target[0] = x[1]
    target[1:, ::2] = x[:2, 1:3] * 3
    target[[2, 2], [1, 3]] = x[0, 0]
    target[:, 1] += 1
    return target


def both(call, *arrays):
    """(values, gradients) of the call in each library, the results weighted by 1, 2, 3, ..."""
    found = []
    for t in (tinytorch, torch):
        tensors = [t.tensor(a, requires_grad=True) for a in arrays]
        out = call(t, *tensors)
        weights = np.arange(1, out.numel() + 1, dtype=np.float32).reshape(tuple(out.shape))
        (out * t.tensor(weights)).sum().backward()
        found.append([out.detach().numpy(), *(None if x.grad is None else x.grad.numpy() for x in tensors)])
    return found


def agree(call, *arrays):
    for got, want in zip(*both(call, *arrays), strict=True):
        if want is None or got is None:
            assert want is None or not np.any(want)
            assert got is None or not np.any(got)
        else:
            assert got.dtype == want.dtype
            np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients(name):
    agree(CALLS[name], X, X[::-1].copy() * 0.7)


FUNCTIONAL = {
    "relu": lambda F, x, y: F.relu(x),
    "gelu": lambda F, x, y: F.gelu(x) + F.gelu(y, approximate="tanh"),
    "sigmoid": lambda F, x, y: F.sigmoid(x) * F.tanh(y),
    "softmax": lambda F, x, y: F.softmax(x, dim=-1) * F.log_softmax(y, dim=0),
    "silu": lambda F, x, y: F.silu(x),
    "leaky_relu": lambda F, x, y: F.leaky_relu(x, 0.2),
    "elu": lambda F, x, y: F.elu(x, 1.5),
    "softplus": lambda F, x, y: F.softplus(x) + F.logsigmoid(y),
    "linear": lambda F, x, y: F.linear(x, y) + F.linear(x, y, y[:, 0]),
    "layer_norm": lambda F, x, y: F.layer_norm(x, (4,), y[0], y[1], 1e-5) + F.layer_norm(y, (4,)),
    "dropout": lambda F, x, y: F.dropout(x, 0.5, training=False),
    "max_pool2d": lambda F, x, y: F.max_pool2d(x.view(1, 1, 3, 4), 2),
    "avg_pool2d": lambda F, x, y: F.avg_pool2d(x.view(1, 1, 3, 4), 2, stride=1),
    "conv2d": lambda F, x, y: F.conv2d(x.view(1, 1, 3, 4), y[:, :4].reshape(3, 1, 2, 2), y[:, 0], padding=1),
    "mse_loss": lambda F, x, y: F.mse_loss(x, y) + F.mse_loss(x, y, reduction="sum"),
    "l1_loss": lambda F, x, y: F.l1_loss(x, y),
    "binary_cross_entropy_with_logits": lambda F, x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid().detach()),
    "binary_cross_entropy": lambda F, x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid().detach()),
    "attention": lambda F, x, y: F.scaled_dot_product_attention(x[None], y[None], x[None]),
    "causal": lambda F, x, y: F.scaled_dot_product_attention(x[None], y[None], x[None], is_causal=True),
    "normalize": lambda F, x, y: F.normalize(x, dim=1),
    "cosine_similarity": lambda F, x, y: F.cosine_similarity(x, y, dim=1),
}


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional(name):
    agree(lambda t, x, y: FUNCTIONAL[name](t.nn.functional, x, y), X, X[::-1].copy() * 0.7)


WEIGHT = np.array([0.5, 2.0, 1.0, 0.25], np.float32)
OPTIONS = [
    {},
    {"weight": WEIGHT},
    {"ignore_index": 2},
    {"label_smoothing": 0.1},
    {"weight": WEIGHT, "ignore_index": 0, "label_smoothing": 0.2},
]


@pytest.mark.filterwarnings("ignore:(invalid value|divide by zero)")  # the mean of nothing, where all is ignored
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("shape", [(3, 4), (4,), (2, 4, 3), (2, 4, 3, 2)])
def test_cross_entropy(options, reduction, shape):
    rng = np.random.default_rng(3)
    logits = rng.standard_normal(shape).astype(np.float32)
    labels = rng.integers(0, 4, shape[:1] + shape[2:] if len(shape) > 1 else ())
    chances = np.exp(logits[::-1])
    chances /= chances.sum(1 if len(shape) > 1 else 0, keepdims=True)

    def loss(t, x, target):
        given = {k: t.tensor(v) if k == "weight" else v for k, v in options.items()}
        return t.nn.functional.cross_entropy(x, t.tensor(target), reduction=reduction, **given)

    agree(lambda t, x: loss(t, x, labels), logits)
    if "ignore_index" not in options:
        agree(lambda t, x: loss(t, x, chances.copy()), logits)


def test_labels_that_are_ignored_by_default():
    agree(lambda t, x: t.nn.functional.cross_entropy(x, t.tensor([1, -100, 3])), X)
    agree(lambda t, x: t.nn.functional.nll_loss(x, t.tensor([1, -100, 3])), X)
    agree(lambda t, x: t.nn.NLLLoss(t.tensor(WEIGHT))(t.nn.LogSoftmax(dim=1)(x), t.tensor([1, 2, 3])), X)


def test_bce_with_weights():
    targets = (X > 0).astype(np.float32)
    for options in ({"pos_weight": WEIGHT}, {"weight": WEIGHT}):
        agree(
            lambda t, x: t.nn.BCEWithLogitsLoss(**{k: t.tensor(v) for k, v in options.items()})(x, t.tensor(targets)),  # noqa: B023
            X,
        )


WHOLE = {
    "argmin": lambda t, x: x.argmin(dim=1),
    "argsort": lambda t, x: x.argsort(dim=0),
    "topk": lambda t, x: x.topk(2)[1],
    "any": lambda t, x: (x > 2).any(dim=1),
    "all": lambda t, x: (x > -1).all(),
    "eq": lambda t, x: x.eq(x.round()).sum(),
    "long": lambda t, x: x.long(),
    "int": lambda t, x: x.int(),
    "bool": lambda t, x: x.bool(),
    "isnan": lambda t, x: t.isnan(x / x),
    "isinf": lambda t, x: t.isinf(1 / x),
    "isfinite": lambda t, x: t.isfinite(1 / x),
    "logical": lambda t, x: t.logical_and(x > 0, x < 1) | ~(x > -1) ^ (x == 0),
    "floor division": lambda t, x: x.long() // 2,
    "remainder": lambda t, x: (x * 4).long() % 3,
    "numel": lambda t, x: t.tensor([x.numel(), x.dim(), x.size(0), x.size(-1), *x.size()]),
    "one_hot": lambda t, x: t.nn.functional.one_hot(t.tensor([0, 2, 1]), 4),
    "dtypes": lambda t, x: t.zeros(2, dtype=t.long) + t.ones(2, dtype=t.bool),
    "triu of a mask": lambda t, x: t.triu(t.ones(3, 3), diagonal=1).bool(),
    "new_zeros": lambda t, x: x.long().new_zeros(2, 3),
    "sign": lambda t, x: x.sign(),
    "cumsum": lambda t, x: x.long().cumsum(0),
    "bernoulli of 0 and 1": lambda t, x: t.bernoulli(t.tensor([0.0, 1.0])),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the divisions by zero
def test_whole_numbers_and_truth_values(name):
    got, want = (WHOLE[name](t, t.tensor(X)).numpy() for t in (tinytorch, torch))
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", ["xavier_normal_", "kaiming_normal_", "xavier_uniform_", "kaiming_uniform_"])
def test_the_spread_of_weights(name):
    sizes = []
    for t in (tinytorch, torch):
        t.manual_seed(0)
        sizes.append(float(getattr(t.nn.init, name)(t.zeros(300, 200)).std()))
    assert sizes[0] == pytest.approx(sizes[1], rel=0.03)


def test_draws_in_proportion():
    tinytorch.manual_seed(0)
    weights = tinytorch.tensor([[0.1, 0.0, 0.6, 0.3]]).expand(20_000, 4)
    counts = np.bincount(tinytorch.multinomial(weights, 1).data.ravel(), minlength=4) / 20_000
    np.testing.assert_allclose(counts, [0.1, 0, 0.6, 0.3], atol=0.015)
    both = tinytorch.multinomial(weights, 2).data
    assert (both[:, 0] != both[:, 1]).all()


def test_a_schedule_in_steps():
    rates = []
    for t in (tinytorch, torch):
        optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=1.0)
        scheduler = t.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        rates.append([])
        for _ in range(5):
            optimizer.step()
            scheduler.step()
            rates[-1].append(optimizer.param_groups[0]["lr"])
    assert rates[0] == pytest.approx(rates[1])


def test_containers_have_the_same_keys():
    keys = []
    for n in (nn, torch.nn):
        model = n.ModuleDict({"h": n.ModuleList([n.Linear(1, 2), n.Linear(2, 1)]), "e": n.Linear(1, 1)})
        model.h.append(n.Linear(1, 1, bias=False))
        keys.append([list(model.state_dict()), len(model.h), len(model.h[1:]), list(model.keys())])
    assert keys[0] == keys[1]
