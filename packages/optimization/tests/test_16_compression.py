"""Pruned, shrunk, factored, distilled and stored models beside independent computations; edges and bad input."""

import itertools
import json

import numpy as np
import pytest
import safetensors.numpy

from tinytorch.compression import (
    DistillationLoss,
    Distiller,
    FineTuner,
    Masks,
    gradual,
    largest,
    load_sparse,
    low_rank,
    low_rank_error,
    magnitude_masks,
    magnitude_prune,
    pack,
    save_sparse,
    sparsity,
    strongest,
    structured_prune,
    unpack,
)
from tinytorch.core.tensor import Tensor, manual_seed, observers, randn, rng, tensor, wrap
from tinytorch.nn import (
    GELU,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    CrossEntropyLoss,
    Dropout,
    Embedding,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    Transformer,
)
from tinytorch.optim import SGD, Adam, AdamW
from tinytorch.testing import check, check_gradients, check_raises, check_true
from tinytorch.training import CosineAnnealingLR, load, save

SEEDS = range(6)
SCALES = [float("nan"), float("inf"), -1.0, 0.0, "1", None, [1.0, 2.0]]


def mlp(*sizes, seed=0, activation=ReLU):
    """Linear layers of these sizes with an activation between them; biases that are not near 0."""
    manual_seed(seed)
    layers = [layer for a, b in itertools.pairwise(sizes) for layer in (Linear(a, b), activation())][:-1]
    for layer in layers[::2]:
        layer.bias.data[...] = rng.normal(0, 1, layer.bias.shape)
    return Sequential(*layers)


def cnn(seed=0):
    manual_seed(seed)
    first = [Conv2d(2, 6, 3, padding=1, bias=False), BatchNorm2d(6), GELU(), AvgPool2d(2), Dropout(0.3)]
    second = [Conv2d(6, 10, (1, 3), stride=(2, 1)), Sigmoid(), BatchNorm2d(10), MaxPool2d((1, 2))]
    model = Sequential(*first, *second, Flatten(), Linear(40, 9), ReLU(), Linear(9, 4))
    for layer in (model[1], model[7]):
        for array in (layer.running_mean.data, layer.weight.data, layer.bias.data):
            array[...] = rng.normal(1, 1, array.shape)
        layer.running_var.data[...] = rng.uniform(0.5, 2, layer.running_var.shape)
    return model.eval()


def examples(n=48, features=5, classes=3):
    draws = np.random.default_rng(3)
    x = draws.standard_normal((n, features)).astype(np.float32)
    return x, (x @ draws.standard_normal((features, classes))).argmax(axis=1)


# -- which ones go -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_what_goes_is_no_larger_than_what_stays(seed):
    draws = np.random.default_rng(seed)
    sizes = abs(draws.integers(-4, 5, draws.integers(1, 9, draws.integers(1, 4)))).astype(float)
    for amount in draws.uniform(0, 1, 5):
        keep = largest(sizes, amount)
        call = f"largest(sizes {sizes.shape}, {amount:.3f})"
        check(f"how many {call} takes", int((~keep).sum()), round(amount * sizes.size))
        gone, stay = sizes[~keep], sizes[keep]
        check_true(f"{call} takes the smallest", not gone.size or not stay.size or gone.max() <= stay.min())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scope", ["global", "layer"])
def test_masks_of_any_model(seed, scope):
    model, amount = mlp(7, 5, 3, seed=seed), [0, 0.1, 0.5, 0.77, 0.95, 0.999][seed]
    arrays = {name: p.data.copy() for name, p in model.named_parameters()}
    keep = magnitude_masks(model, amount, scope)
    sizes = {name: abs(arrays[name]) for name in keep}
    together = {"all": np.concatenate([s.ravel() for s in sizes.values()])} if scope == "global" else sizes
    for name, mask in keep.items():
        ranked = np.sort(together["all" if scope == "global" else name].ravel())
        gone = round(amount * ranked.size)
        least = ranked[gone] if gone < ranked.size else np.inf
        check(f"magnitude_masks(model, {amount}, {scope!r})[{name!r}]", mask, sizes[name] >= least)
    magnitude_prune(model, amount, scope)
    for name, p in model.named_parameters():
        want = np.where(keep[name], arrays[name], 0) if name in keep else arrays[name]
        check(f"{name} after magnitude_prune(model, {amount}, {scope!r})", p.data, want)


def test_pruning_further_takes_nothing_back():
    model, last = mlp(20, 30, 5), None
    for amount in gradual(0.95, 5):
        masks = magnitude_prune(model, amount)
        check(f"sparsity after magnitude_prune(model, {amount:.4f})", sparsity(model), amount, 0.002)
        if last is not None:
            taken_back = any((masks.keep[name] & ~last.keep[name]).any() for name in last.keep)
            check_true("what was 0 stays 0 when more is taken", not taken_back)
        last = masks


def test_weights_of_every_kind():
    manual_seed(0)
    model = Transformer(vocab=10, d_model=8, n_heads=2, n_layers=1, max_len=6)
    magnitude_prune(model, 0.5, "layer")
    shares = {name: 1 - np.count_nonzero(p.data) / p.size for name, p in model.named_parameters()}
    for name, p in model.named_parameters():
        if p.ndim > 1:
            check(f"the share of zeros in {name} {p.shape}", shares[name], 0.5, 0.01)
    check_true("biases and norms of a Transformer stay", all(model.norm.weight.data == 1))
    check("sparsity of an Embedding", sparsity(Embedding(5, 2)), 0.0)


def test_a_shared_weight_counts_once():
    model = Sequential(Linear(4, 4), Linear(4, 4))
    model[1].weight = model[0].weight
    check("the masks of a model that has one weight twice", len(magnitude_masks(model, 0.5)), 1)
    check("sparsity after pruning it", (magnitude_prune(model, 0.5), sparsity(model))[1], 0.5)


def test_amounts_that_make_no_sense():
    model = mlp(4, 3)
    for amount, error in [(1, ValueError), (1.5, ValueError), (-0.1, ValueError), (float("nan"), ValueError)]:
        for name, call in [("magnitude_prune", magnitude_prune), ("structured_prune", structured_prune)]:
            check_raises(f"{name}(model, {amount})", lambda c=call, a=amount: c(model, a), error, "amount")
        check_raises(f"gradual({amount}, 3)", lambda a=amount: gradual(a, 3), error, "amount")
    check_raises("magnitude_prune(model, '0.5')", lambda: magnitude_prune(model, "0.5"), TypeError, "amount")
    check_raises("gradual(0.5, 0)", lambda: gradual(0.5, 0), ValueError, "rounds")
    check_raises("magnitude_prune(model, 0.5, 'row')", lambda: magnitude_prune(model, 0.5, "row"), ValueError, "row")
    check("sparsity after what was refused", sparsity(model), 0.0)


def test_models_that_cannot_be_pruned():
    model = mlp(3, 2)
    model[0].weight.data[1, 1] = np.nan
    check_raises("magnitude_prune of a weight (2, 3) with nan", lambda: magnitude_prune(model, 0.5), ValueError, "nan")
    check_raises("sparsity of a model without weights", lambda: sparsity(Sequential(ReLU())), ValueError, "weights")


# -- zeros that stay ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda p: SGD(p, lr=0.1),
        lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: Adam(p, lr=0.02, weight_decay=0.1),
        lambda p: AdamW(p, lr=0.02),
    ],
)
def test_zeros_stay_zero_with_every_optimizer(make):
    (x, y), model = examples(), mlp(5, 8, 3)
    optimizer = make(model.parameters())
    FineTuner(Masks(model, {}), model, optimizer, CrossEntropyLoss()).fit(x, y, 3, batch_size=8)
    masks = magnitude_prune(model, 0.7)
    before = {name: p.data.copy() for name, p in model.named_parameters()}
    tuner = FineTuner(masks, model, optimizer, CrossEntropyLoss(), max_norm=5.0)
    history = tuner.fit(x, y, 5, batch_size=8)
    for name, keep in masks.keep.items():
        now = dict(model.named_parameters())[name].data
        check_true(f"{type(optimizer).__name__}: {name} is 0 where the mask says so", not now[~keep].any())
        check_true(f"{type(optimizer).__name__}: the others have moved", (now != before[name])[keep].any())
    check_true("the loss falls", history[-1]["loss"] < history[0]["loss"])


def test_fine_tuning_with_a_schedule_and_a_stop(tmp_path):
    (x, y), ends = examples(), []
    for stop in (None, 2):
        model = mlp(5, 8, 3)
        masks = magnitude_prune(model, 0.5)

        def tuner(model=model, masks=masks):
            optimizer = Adam(model.parameters(), lr=0.02)
            return FineTuner(masks, model, optimizer, CrossEntropyLoss(), scheduler=CosineAnnealingLR(optimizer, 4))

        run = tuner()
        manual_seed(1)
        run.fit(x, y, stop or 4, batch_size=8)
        if stop:
            run.save(tmp_path / "run.safetensors")
            manual_seed(9)
            run = tuner()
            run.load(tmp_path / "run.safetensors")
            run.fit(x, y, 4 - stop, batch_size=8)
        ends.append(model[0].weight.data)
    check("fine-tuning that was stopped and resumed, bit for bit", ends[1], ends[0], 0)


def test_masks_of_zeros():
    model, (x, y) = mlp(5, 8, 3), examples()
    magnitude_prune(model, 0.6)
    masks, want = Masks.of_zeros(model), sparsity(model)
    FineTuner(masks, model, SGD(model.parameters(), lr=0.1), CrossEntropyLoss()).fit(x, y, 2)
    check("sparsity after fine-tuning under the masks of zeros", sparsity(model), want)


def test_masks_refuse():
    model = mlp(4, 3)
    for keep, words in [
        ({"0.weight": np.ones((4, 3), bool)}, ["(4, 3)", "(3, 4)"]),
        ({"5.weight": np.ones((3, 4), bool)}, ["5.weight"]),
    ]:
        check_raises(f"Masks(model, {list(keep)})", lambda k=keep: Masks(model, k), ValueError, *words)
    check("sparsity after masks that were refused", sparsity(model), 0.0)


# -- units -------------------------------------------------------------------------------------------------


def plain_walk(model, amount):
    """(place, units that stay) of every layer with units; the last one keeps all."""
    found = [
        (i, strongest(layer.weight.data, amount)) for i, layer in enumerate(model) if isinstance(layer, Linear | Conv2d)
    ]
    return [*found[:-1], (found[-1][0], np.ones(len(found[-1][1]), bool))]


def unheard(model, amount, x):
    """The model as it is, but in front of each layer with weights the channels of units that go are set to 0."""
    walk, keep = dict(plain_walk(model, amount)), None
    for i, layer in enumerate(model):
        if i in walk:
            if keep is not None:
                repeat = x.shape[1] // len(keep)
                mask = np.repeat(keep, repeat).reshape(1, -1, *[1] * (x.ndim - 2))
                x = Tensor(x.data * mask)
            keep = walk[i]
        x = layer(x)
    return x.detach()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_mlp_shrunk(seed):
    draws = np.random.default_rng(seed)
    sizes = draws.integers(1, 12, draws.integers(3, 6)).tolist()
    model = mlp(*sizes, seed=seed, activation=[ReLU, Sigmoid, GELU][seed % 3])
    x = randn(4, sizes[0])
    for amount in (0, 0.3, 0.6, 0.95):
        smaller = structured_prune(model, amount)
        inner = [max(1, n - round(amount * n)) for n in sizes[1:-1]]
        shapes = [layer.weight.shape for layer in smaller if isinstance(layer, Linear)]
        want = list(zip([*inner, sizes[-1]], [sizes[0], *inner], strict=True))
        check(f"the weights' shapes of structured_prune(MLP {sizes}, {amount})", shapes, want)
        check(f"structured_prune(MLP {sizes}, {amount})(x)", smaller(x).detach(), unheard(model, amount, x), 1e-4)


@pytest.mark.parametrize("amount", [0, 0.2, 0.5, 0.99])
def test_a_cnn_shrunk(amount):
    model, x = cnn(), randn(3, 2, 8, 12)
    smaller = structured_prune(model, amount).eval()
    check(f"structured_prune(cnn, {amount})(x), x (3, 2, 8, 12)", smaller(x).detach(), unheard(model, amount, x), 1e-4)
    for i, layer in enumerate(smaller):
        if isinstance(layer, Conv2d):
            check(f"layer {i} says what it is", (layer.out_channels, layer.in_channels), layer.weight.shape[:2])
        if isinstance(layer, BatchNorm2d):
            check(f"layer {i} says what it is", layer.num_features, layer.running_var.shape[0])


def test_the_larger_model_stays_as_it_is():
    model, x = cnn(), randn(3, 2, 8, 12)
    before, state = model(x).detach(), {name: value.data.copy() for name, value in model.state_dict().items()}
    smaller = structured_prune(model, 0.5)
    y = np.array([0, 1, 2])
    FineTuner(Masks(smaller, {}), smaller, SGD(smaller.parameters(), lr=0.5), CrossEntropyLoss()).fit(x, y, 2)
    check("the model after its smaller copy was trained", model(x).detach(), before, 0)
    check_true("its layers are still in eval mode", not any(part.training for _, part in model.named_modules()))
    for name, value in model.state_dict().items():
        check(f"{name} of the model", value.data, state[name], 0)


def test_shrinking_draws_nothing():
    pictures = cnn()
    manual_seed(2)
    want = randn(3)
    manual_seed(2)
    structured_prune(pictures, 0.5)
    low_rank(SMALL[0], 2)
    check("the next random numbers after structured_prune and low_rank", randn(3), want)


SMALL = mlp(4, 6, 3)


def test_a_small_model_learns_as_any_other():
    (x, y), model = examples(), mlp(5, 16, 16, 3)
    smaller = structured_prune(model, 0.5)
    history = FineTuner(Masks(smaller, {}), smaller, Adam(smaller.parameters(), lr=0.02), CrossEntropyLoss()).fit(
        x, y, 20
    )
    check_true("its loss falls", history[-1]["loss"] < 0.5 * history[0]["loss"], f"{history[-1]['loss']:.3f}")


def test_linear_weights_keep_their_layout():
    for name, model in (("structured_prune", structured_prune(SMALL, 0.5)), ("low_rank", low_rank(SMALL[0], 2))):
        for layer in (layer for layer in model if isinstance(layer, Linear)):
            check_true(f"{name}: the transpose lies in one block", layer.weight.data.T.flags.c_contiguous)


class Odd(Module):
    def __init__(self):
        self.inner = Linear(3, 3)

    def forward(self, x):
        return self.inner(x)


def test_models_that_cannot_be_shrunk():
    for model, words in [
        (Sequential(Linear(3, 3), Odd()), ["layer 1", "Odd"]),
        (Sequential(Conv2d(4, 4, 3, groups=2), Conv2d(4, 2, 3)), ["layer 0", "2 groups"]),
        (Sequential(ReLU()), ["no Linear"]),
        (Sequential(Linear(3, 4), Linear(6, 2)), ["6", "4"]),
    ]:
        check_raises(f"structured_prune({model!r})", lambda m=model: structured_prune(m, 0.5), ValueError, *words)


# -- rank --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (1, 6), (6, 1)], ids=str)
def test_low_rank_of_any_shape(shape):
    manual_seed(4)
    layer, x = Linear(*reversed(shape)), randn(3, shape[1])
    u, s, vt = np.linalg.svd(layer.weight.data.astype(np.float64), full_matrices=False)
    for rank in range(1, min(shape) + 1):
        thin = low_rank(layer, rank)
        want = (u[:, :rank] * s[:rank]) @ vt[:rank]
        call = f"low_rank(Linear with weight {shape}, {rank})"
        check(f"the product of {call}", thin[1].weight.data @ thin[0].weight.data, want.astype(np.float32), 1e-4)
        check(f"{call}(x)", thin(x).detach(), Tensor(x.data @ want.T + layer.bias.data), 1e-4)
        check(f"low_rank_error of {call}", low_rank_error(layer, rank), float(np.sqrt((s[rank:] ** 2).sum())), 1e-6)


def test_no_matrix_of_that_rank_is_nearer():
    layer, draws = mlp(6, 5)[0], np.random.default_rng(0)
    weight = layer.weight.data
    for rank in (1, 3):
        for _ in range(50):
            columns = draws.standard_normal((5, rank))
            nearest = columns @ np.linalg.lstsq(columns, weight, rcond=None)[0]
            check_true(
                f"another matrix of rank {rank} is no nearer",
                np.linalg.norm(weight - nearest) >= low_rank_error(layer, rank),
            )


def test_a_rank_is_a_whole_number():
    check_raises("low_rank(layer, 1.5)", lambda: low_rank(SMALL[0], 1.5), TypeError, "rank")
    check_raises("low_rank_error(layer, 5), weight (6, 4)", lambda: low_rank_error(SMALL[0], 5), ValueError, "(6, 4)")
    check("low_rank_error(layer, 4), weight (6, 4): nothing is left out", low_rank_error(SMALL[0], 4), 0.0)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_weight_of_no_numbers_has_no_rank(odd):
    layer = mlp(4, 3)[0]
    check("the size of low_rank(layer, 2), weight (3, 4)", sum(p.size for p in low_rank(layer, 2).parameters()), 17)
    check("low_rank_error(layer, 3): nothing is left out", low_rank_error(layer, 3), 0.0)
    layer.weight.data[1, 2] = odd
    for name, call in (("low_rank", low_rank), ("low_rank_error", low_rank_error)):
        said = f"{name} of a weight (3, 4) with {odd}"
        check_raises(said, lambda c=call: c(layer, 2), ValueError, "(3, 4)", "inf or nan")


# -- distillation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("T", "alpha"), [(1.0, 0.0), (1.0, 1.0), (3.0, 0.4), (10.0, 0.9), (0.5, 0.7)])
def test_the_loss_has_the_gradients_of_differences(T, alpha):
    draws = np.random.default_rng(1)
    student, teacher = draws.standard_normal((4, 5)), draws.standard_normal((4, 5))
    loss = DistillationLoss(T, alpha)
    check_gradients(f"DistillationLoss({T}, {alpha})", lambda s: loss(s, [0, 4, 2, 2], tensor(teacher)), student)


def test_a_high_temperature_compares_logits():
    draws = np.random.default_rng(2)
    student, teacher = draws.standard_normal((6, 4)), draws.standard_normal((6, 4))
    apart = (student - student.mean(1, keepdims=True)) - (teacher - teacher.mean(1, keepdims=True))
    got = DistillationLoss(100.0, 1.0)(tensor(student), [0] * 6, tensor(teacher)).item()
    check("DistillationLoss(100, 1): half the mean square of centred logits", got, float((apart**2).mean() / 2), 0.02)


def test_teachers_of_every_kind():
    student, rows = randn(2, 3), [[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]
    want = DistillationLoss()(student, [0, 1], Tensor(rows)).item()
    got = DistillationLoss()(student, np.array([0, 1]), np.array(rows, np.float32)).item()
    check("DistillationLoss()(student, labels, an array)", got, want)


def test_a_class_that_the_teacher_rules_out():
    student = Tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]], requires_grad=True)
    two = DistillationLoss(2.0, 1.0)(student[:, :2], [0, 1], Tensor([[1.0, 2.0], [3.0, 1.0]])).item()
    shares = np.exp(student.data / 2) / np.exp(student.data / 2).sum(axis=1, keepdims=True)
    want = two - 4 * float(np.log(1 - shares[:, 2]).mean())  # what the student gives to the third class
    loss = DistillationLoss(2.0, 1.0)(student, [0, 1], Tensor([[1.0, 2.0, -np.inf], [3.0, 1.0, -np.inf]]))
    check("DistillationLoss(2, 1) where the teacher's third logit is -inf", loss.item(), want, 1e-4)
    loss.backward()
    check("the gradient of the student's third logits: T q / N", student.grad.data[:, 2], shares[:, 2], 1e-4)
    nan = DistillationLoss()(student, [0, 1], Tensor([[1.0, np.nan, 2.0], [3.0, 1.0, 0.0]])).item()
    check_true("nan of a teacher is not hidden", np.isnan(nan), f"the loss is {nan}")


def test_losses_that_make_no_sense():
    for options in ({"temperature": 0}, {"temperature": -1}, {"temperature": np.inf}, {"alpha": 1.1}, {"alpha": -0.1}):
        check_raises(f"DistillationLoss({options})", lambda o=options: DistillationLoss(**o), ValueError, "temperature")
    call = "DistillationLoss()(logits (2, 3), labels, logits (2, 4))"
    check_raises(call, lambda: DistillationLoss()(randn(2, 3), [0, 1], randn(2, 4)), ValueError, "(2, 3)", "(2, 4)")
    call = "DistillationLoss()(logits (2, 3), labels with 3)"
    check_raises(call, lambda: DistillationLoss()(randn(2, 3), [0, 3], randn(2, 3)), ValueError, "3")


def test_a_student_that_only_listens_says_what_the_teacher_says():
    x, _ = examples()
    manual_seed(1)
    teacher, student = mlp(5, 3, seed=8), mlp(5, 3, seed=9)
    nonsense = np.zeros(len(x), np.int64)
    optimizer = Adam(student.parameters(), lr=0.05)
    Distiller(teacher, DistillationLoss(2.0, 1.0), student, optimizer).fit(x, nonsense, 150, batch_size=16)
    gaps = student(Tensor(x)).data - teacher(Tensor(x)).data
    gaps -= gaps.mean(axis=1, keepdims=True)
    check_true("with alpha 1 the labels do not count", abs(gaps).max() < 0.1, f"logits differ by {abs(gaps).max():.3f}")


def test_the_teacher_makes_no_graph():
    teacher, student, (x, y) = mlp(5, 8, 3), mlp(5, 3), examples(8)
    seen = []
    observers.append(lambda name, inputs, arrays, attributes, result: seen.append((inputs, result)))
    try:
        Distiller(teacher, DistillationLoss(), student, SGD(student.parameters(), lr=0.1)).step(Tensor(x), y, 1)
    finally:
        observers.pop()
    own = {id(p) for p in teacher.parameters()}
    made = [result for inputs, result in seen if any(id(i) in own for i in inputs)]
    check("the operations with the teacher's two weights and two biases", len(made), 4)
    check_true("none of their results requires a gradient", not any(result.requires_grad for result in made))


# -- the file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("density", [0, 0.001, 0.02, 0.1, 0.2, 0.9, 1])
def test_pack_and_unpack_anything(seed, density):
    draws = np.random.default_rng(seed)
    shape = tuple(draws.integers(1, 40, draws.integers(1, 4)))
    array = np.where(draws.random(shape) < density, draws.standard_normal(shape), 0).astype(np.float32)
    got = unpack(pack(array))
    check(f"unpack(pack(array {shape}, {density:.1%} of it not 0))", got, array, 0)
    small = unpack(pack(array, bits=8))
    half = 0.501 * abs(array).max() / 127
    check_true(f"with bits=8 it is off by half a step at most, {shape}", abs(small - array).max() <= half)
    check("the type and shape of it", (small.dtype, small.shape), (np.dtype(np.float32), shape))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.bool_], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("bits", [32, 8])
def test_whole_numbers_stay_what_they_are(dtype, bits, tmp_path):
    draws, limits = np.random.default_rng(4), np.iinfo(np.int8 if dtype is np.bool_ else dtype)
    array = np.where(draws.random((60, 50)) < 0.1, draws.integers(limits.min, limits.max, (60, 50)), 0).astype(dtype)
    save_sparse({"w": wrap(array)}, tmp_path / "sparse", bits)
    got = load_sparse(tmp_path / "sparse")["w"].data
    check(f"the type of {array.dtype} (60, 50), saved with bits={bits} and read back", got.dtype, array.dtype)
    check_true("each number is the same", np.array_equal(got, array))


def test_a_quantized_weight_is_packed(tmp_path):
    """The 8 bits of a pruned weight that was quantized first take about as many bytes as those of bits=8."""
    draws = np.random.default_rng(1)
    array = np.where(draws.random((128, 784)) < 0.1, draws.integers(1, 128, (128, 784)), 0)
    save_sparse({"w": wrap(array.astype(np.int8))}, tmp_path / "int8")
    save_sparse({"w": wrap(array.astype(np.float32))}, tmp_path / "float", bits=8)
    found, want = ((tmp_path / name).stat().st_size for name in ("int8", "float"))
    check_true("a pruned int8 weight takes the bytes of bits=8", abs(found - want) < 200, f"{found:,} and {want:,}")
    check_true("17 times fewer than float32", found < 4 * array.size / 17, f"{found:,} for {array.size:,} numbers")


def test_numbers_that_are_not_finite():
    array = np.array([[np.nan, 0, np.inf, -np.inf]], np.float32)
    check("unpack(pack([[nan, 0, inf, -inf]]))", unpack(pack(array)), array)
    check_raises("pack([[nan, 0, inf, -inf]], bits=8)", lambda: pack(array, 8), ValueError, "bits=32")


@pytest.mark.parametrize("bits", [32, 8])
def test_a_whole_model(bits, tmp_path):
    model, other, path, x = cnn(), cnn(seed=5), tmp_path / "cnn.safetensors", randn(2, 2, 8, 12)
    magnitude_prune(model, 0.8)
    save_sparse(model, path, bits)
    other.load_state_dict(load_sparse(path))
    tolerance = 1e-6 if bits == 32 else 0.1
    check(f"a model read back, bits={bits}: its answers", other.eval()(x).detach(), model(x).detach(), tolerance)
    check("its sparsity", sparsity(other) >= sparsity(model), True)
    check("how many batches it has seen, a whole number", other[1].num_batches_tracked, model[1].num_batches_tracked)
    check("the files in the folder", [p.name for p in tmp_path.iterdir()], ["cnn.safetensors"])


def test_the_bytes_are_those_that_were_predicted(tmp_path):
    model = mlp(300, 200, 10)
    masks = magnitude_prune(model, 0.9)
    n, m = (sum(f(keep) for keep in masks.keep.values()) for f in (np.size, np.count_nonzero))
    biases = 4 * 210
    for bits, each in ((32, 4), (8, 1)):
        save_sparse(model, tmp_path / "sparse", bits)
        found = (tmp_path / "sparse").stat().st_size
        least = m * each + biases
        check_true(f"bits={bits}: a file of {found:,} bytes has values and biases", found > least + m)
        check_true(f"bits={bits}: and places of at most n / 8 bytes, and names", found < least + n // 8 + 2000)
    save(model.state_dict(), tmp_path / "dense")
    check_true("ten times smaller", (tmp_path / "dense").stat().st_size > 10 * found)


def test_a_dense_model_is_not_larger(tmp_path):
    model = mlp(100, 100)
    save(model.state_dict(), tmp_path / "dense")
    save_sparse(model, tmp_path / "sparse")
    sizes = [(tmp_path / name).stat().st_size for name in ("dense", "sparse")]
    check_true("a file without zeros is about as large as a dense one", sizes[1] < sizes[0] + 1000, f"{sizes}")


def test_a_state_dict_and_other_types(tmp_path):
    state = {"w": tensor(np.eye(3)), "ids": tensor([[1, 0], [0, 2]]), "one": Tensor([0.0, 5.0])}
    save_sparse({**state, "array": np.eye(2, 5), "row": np.ones(3)}, tmp_path / "state")
    got = load_sparse(tmp_path / "state")
    check("an array of a state_dict, read back", got["array"].data, np.eye(2, 5))
    check_true("everything that is read back is a Tensor", all(isinstance(value, Tensor) for value in got.values()))
    for name, value in state.items():
        check(f"{name} of a state_dict, read back", got[name], value)


def test_files_that_are_none(tmp_path):
    path, model = tmp_path / "model.safetensors", mlp(40, 30)
    save_sparse(model, path)
    content = path.read_bytes()
    damaged = {
        "cut off": content[: len(content) // 2],
        "the last byte is missing": content[:-1],
        "one bit is another": content[:-10] + bytes([content[-10] ^ 4]) + content[-9:],
        "empty": b"",
        "a text": b"this is no model, but a text that is long enough",
    }
    for what, changed in damaged.items():
        path.write_bytes(changed)
        check_raises(f"load_sparse of a file that is damaged: {what}", lambda: load_sparse(path), ValueError, path.name)
    check_raises("load_sparse of no file", lambda: load_sparse(tmp_path / "none"), FileNotFoundError, "none")


def test_files_of_others(tmp_path):
    path = tmp_path / "other.safetensors"
    for what, write in [
        ("module 07's save", lambda: save(mlp(3, 2).state_dict(), path)),
        ("save of a list", lambda: save([1, 2], path)),
        ("another program", lambda: path.write_bytes(safetensors.numpy.save({"w": np.zeros(3, np.float32)}))),
    ]:
        write()
        check_raises(
            f"load_sparse of a file of {what}", lambda: load_sparse(path), ValueError, "save_sparse", path.name
        )
    save_sparse({"w": Tensor([[1.0]])}, path)
    check("load_sparse of a file of save_sparse", load_sparse(path), {"w": Tensor([[1.0]])})


def test_files_that_say_what_cannot_be(tmp_path):
    path, packed = tmp_path / "odd.safetensors", pack(np.eye(20, dtype=np.float32))
    one, byte = np.ones(1, np.float32), lambda *numbers: np.array(numbers, np.uint8)
    odd = [
        ("a gap that leads out of the weight", packed | {"gaps": np.full(20, 255, np.uint8)}),
        ("more values than gaps", packed | {"values": np.ones(21, np.float32)}),
        ("a shape that is too small", packed | {"shape": [2, 2]}),
        ("bits for other places", {"shape": [4], "bits": np.array([255], np.uint8), "values": np.ones(3, np.float32)}),
        ("no values", {"shape": [2, 2]}),
        ("values that do not fill it", {"shape": [2, 2], "values": np.ones(3, np.float32)}),
        ("a weight that is a number", 3),
        ("a shape that no memory holds", packed | {"shape": [10**9, 10**9]}),
        ("a shape that no number of places has", packed | {"shape": [10**30]}),
        ("a shape below 0", packed | {"shape": [-2, 3]}),
        ("a shape of nothing below 0", {"shape": [-4], "bits": byte(), "values": np.zeros(0, np.float32)}),
        ("two gaps and one value", {"shape": [2, 2], "gaps": byte(0, 0), "values": one}),
        ("four bits and one value", {"shape": [2, 2], "bits": byte(240), "values": one}),
        ("a bit behind the last place", {"shape": [4], "bits": byte(1), "values": one}),
        ("eight bits for 100 places", {"shape": [10, 10], "bits": byte(128), "values": one}),
        ("gaps below 0", {"shape": [2, 2], "gaps": np.array([0, -1], np.int8), "values": np.ones(2, np.float32)}),
        ("gaps that are no whole numbers", {"shape": [2, 2], "gaps": np.zeros(1, np.float32), "values": one}),
        ("bits and gaps", {"shape": [8], "bits": byte(128), "gaps": byte(0), "values": one}),
        ("a part that nobody knows", packed | {"places": byte(0)}),
        ("values in two dimensions", {"shape": [2, 2], "bits": byte(240), "values": np.ones((2, 2), np.float32)}),
        ("values that are a Tensor", {"shape": [2], "values": Tensor([1.0, 2.0])}),
        *((f"the scale {s!r}", {"shape": [1], "values": np.ones(1, np.int8), "scale": s}) for s in SCALES),
    ]
    for what, weight in odd:
        save({"sparse": 1, "weights": {"w": weight}, "others": {}}, path)
        check_raises(f"load_sparse of a file with {what}", lambda: load_sparse(path), ValueError, "unpacked")


def test_parts_that_do_not_belong_together():
    """What `unpack` says of it, asked directly: how many there are of each, and the shape."""
    one, gaps = np.ones(1, np.float32), np.zeros(2, np.uint8)
    check("unpack of one gap and one value", unpack({"shape": [2], "gaps": gaps[:1], "values": one}), one * [1, 0])
    call = lambda: unpack({"shape": [2, 2], "gaps": gaps, "values": one})  # noqa: E731
    check_raises("unpack of two gaps and one value", call, ValueError, "2 gaps", "1 values", "[2, 2]")
    call = lambda: unpack({"shape": [1], "values": np.ones(1, np.int8), "scale": float("nan")})  # noqa: E731
    check_raises("unpack with the scale nan", call, ValueError, "scale", "nan")


def test_others_that_are_no_tensors(tmp_path):
    path = tmp_path / "odd.safetensors"
    save_sparse({"w": Tensor(np.eye(20)), "bias": Tensor([1.0])}, path)
    check("load_sparse of others that are Tensors", load_sparse(path)["bias"], Tensor([1.0]))
    for others in ({"bias": "zeros"}, {"bias": np.zeros(3)}, {"bias": None}, [1], "text"):
        save({"sparse": 1, "weights": {}, "others": others}, path)
        check_raises(f"load_sparse of others {others!r}", lambda: load_sparse(path), ValueError, "unpacked")


def test_bits_that_are_none():
    check_raises("save_sparse(model, path, bits=4)", lambda: save_sparse(SMALL, "unused", bits=4), ValueError, "4")
    check("the type of the values with bits=8", pack(np.eye(9), bits=8)["values"].dtype, np.dtype(np.int8))


def test_a_refused_save_leaves_the_old_file(tmp_path):
    path, model = tmp_path / "model", mlp(4, 3)
    save_sparse(model, path)
    before = path.read_bytes()
    model[0].weight.data[0, 0] = np.inf
    check_raises("save_sparse of a weight with inf, bits=8", lambda: save_sparse(model, path, 8), ValueError, "inf")
    check_true("the old file is still there", path.read_bytes() == before)


def test_the_file_can_be_looked_into_by_others(tmp_path):
    model = mlp(50, 40)
    magnitude_prune(model, 0.9)
    save_sparse(model, tmp_path / "model", bits=8)
    content = (tmp_path / "model").read_bytes()
    arrays = safetensors.numpy.load(content)
    kinds = sorted(str(array.dtype) for array in arrays.values())
    check("the types of its arrays: a bias, gaps, values", kinds, ["float32", "int8", "uint8"])
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    check_true("its header is JSON that names them", {"others.0.bias", "weights.0.weight.values"} <= set(header))
    check(
        "what was written can be read as what it is", sorted(load(tmp_path / "model")), ["others", "sparse", "weights"]
    )
