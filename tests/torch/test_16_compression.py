"""Compression against PyTorch: which weights `torch.nn.utils.prune` takes, the soft loss, and weights that go over."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracle import agree
from torch.nn.utils import prune

from tinytorch import manual_seed
from tinytorch.compression import (
    DistillationLoss,
    from_gaps,
    low_rank,
    magnitude_masks,
    magnitude_prune,
    strongest,
    structured_prune,
    to_gaps,
)
from tinytorch.nn import Conv2d, Flatten, Linear, ReLU, Sequential

AMOUNTS = st.floats(0, 0.99)


def twins(seed):
    """A small CNN of ours, and PyTorch's with the same weights."""
    manual_seed(seed)
    ours = Sequential(Conv2d(2, 5, 3), ReLU(), Flatten(), Linear(5 * 16, 7), ReLU(), Linear(7, 3))
    nn = torch.nn
    theirs = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(80, 7), nn.ReLU(), nn.Linear(7, 3))
    theirs.load_state_dict({name: torch.tensor(value.data) for name, value in ours.state_dict().items()})
    return ours, theirs


def with_weights(model):
    return [(name, layer) for name, layer in model.named_children() if hasattr(layer, "weight")]


@given(AMOUNTS, st.integers(0, 20))
def test_the_same_share_of_each_layer(amount, seed):
    ours, theirs = twins(seed)
    keep = magnitude_masks(ours, amount, "layer")
    for name, layer in with_weights(theirs):
        prune.l1_unstructured(layer, "weight", amount)
        np.testing.assert_array_equal(keep[f"{name}.weight"], layer.weight_mask.numpy() == 1)


@given(AMOUNTS, st.integers(0, 20))
def test_the_smallest_of_all(amount, seed):
    ours, theirs = twins(seed)
    layers = with_weights(theirs)
    prune.global_unstructured([(layer, "weight") for _, layer in layers], prune.L1Unstructured, amount=amount)
    keep = magnitude_masks(ours, amount)
    for name, layer in layers:
        np.testing.assert_array_equal(keep[f"{name}.weight"], layer.weight_mask.numpy() == 1)


@given(AMOUNTS, st.integers(0, 20))
def test_units_by_the_length_of_their_rows(amount, seed):
    _, theirs = twins(seed)
    for _, layer in with_weights(theirs):
        weight = layer.weight.detach().numpy().copy()
        if round(amount * len(weight)) < len(weight):  # PyTorch takes all, and we leave one
            prune.ln_structured(layer, "weight", amount, n=2, dim=0)
            stay = layer.weight_mask.numpy().reshape(len(weight), -1).any(axis=1)
            np.testing.assert_array_equal(strongest(weight, amount), stay)


@given(st.integers(1, 6), st.integers(2, 8), st.floats(0.5, 20), st.floats(0, 1), st.integers(0, 100))
def test_the_loss_and_its_gradient(n, classes, T, alpha, seed):
    draws = np.random.default_rng(seed)
    student, teacher = (3 * draws.standard_normal((n, classes)) for _ in range(2))
    labels = draws.integers(0, classes, n)

    def theirs(student, teacher):
        soft = torch.log_softmax(student / T, 1), torch.softmax(teacher.detach() / T, 1)
        apart = torch.nn.functional.kl_div(*soft, reduction="batchmean")
        hard = torch.nn.functional.cross_entropy(student, torch.tensor(labels))
        return alpha * T**2 * apart + (1 - alpha) * hard

    loss = DistillationLoss(T, alpha)
    agree(lambda s, t: loss(s, labels, t), student, teacher, theirs=theirs, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("amount", [0.3, 0.6])
def test_a_smaller_model_goes_over(amount):
    ours, _ = twins(3)
    small = structured_prune(ours, amount)
    nn, (a, b) = torch.nn, (small[0].out_channels, small[3].out_features)
    theirs = nn.Sequential(
        nn.Conv2d(2, a, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16 * a, b), nn.ReLU(), nn.Linear(b, 3)
    )
    theirs.load_state_dict({name: torch.tensor(value.data) for name, value in small.state_dict().items()})
    agree(small, np.random.default_rng(0).standard_normal((4, 2, 6, 6)).astype(np.float32), theirs=theirs)


def test_low_rank_is_the_truncated_decomposition():
    layer = Linear(30, 20)
    u, s, vh = torch.linalg.svd(torch.tensor(layer.weight.data).double(), full_matrices=False)
    first, second = low_rank(layer, 6)
    want = (u[:, :6] * s[:6] @ vh[:6]).numpy()
    np.testing.assert_allclose(second.weight.data @ first.weight.data, want, atol=1e-6)


def test_pruning_in_place_keeps_the_memory():
    ours, _ = twins(0)
    shared = torch.from_numpy(ours[0].weight.data)
    magnitude_prune(ours, 0.5)
    assert (shared == 0).any()


@given(st.lists(st.integers(0, 3000), max_size=20))
def test_gaps_of_every_kind(gaps):
    flat = np.zeros(sum(gaps) + len(gaps) + 5, np.float32)
    flat[np.cumsum(np.array(gaps, int) + 1) - 1] = np.arange(1, len(gaps) + 1)
    packed = to_gaps(flat)
    assert len(packed["gaps"]) == sum(gap // 256 + 1 for gap in gaps)
    np.testing.assert_array_equal(from_gaps(**packed, size=flat.size), flat)
