"""Small inputs that once went wrong, each for a kind: parts of a model, truth values, arguments, changes in place."""

import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tinytorch import Tensor, checkpoint, nn, no_grad, optim, tensor
from tinytorch.acceleration import accelerate
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import apply, arange, kernels, wrap
from tinytorch.data import DataLoader
from tinytorch.datasets import CIFAR10, MNIST, TinyDigits
from tinytorch.optim import SGD
from tinytorch.training import CosineAnnealingLR, Trainer, load, save


def leaf(*values):
    return Tensor(values, requires_grad=True)


def same(got, want):
    assert isinstance(got, Tensor)
    np.testing.assert_allclose(got.data, want, rtol=1e-6)


# -- what stands in a model is found, or refused -------------------------------------------------------------


def test_data_may_be_assigned_a_tensor():
    p = nn.Parameter([1.0, 2.0])
    for _ in range(2):
        p.grad = None
        (p * p).sum().backward()
        p.data = p.data - 0.1 * p.grad
    assert type(p.data) is np.ndarray
    same(p, np.array([1, 2]) * 0.8 * 0.8)


def test_data_stays_float32():
    layer = nn.Linear(2, 2)
    layer.weight.data = np.random.default_rng(0).standard_normal((2, 2))
    assert layer.weight.dtype == np.float32
    wide = tensor([1.0], dtype=np.float64)
    wide.data = np.ones(1, np.float32)
    assert wide.dtype == np.float64


@pytest.mark.parametrize("value", ["text", None, {}, [None]])
def test_data_holds_numbers(value):
    with pytest.raises(TypeError, match="numbers"):
        leaf(1.0).data = value


@pytest.mark.parametrize("value", [Tensor(np.ones((2, 2))), np.ones((2, 2)), 1.0])
def test_a_parameter_is_not_replaced_by_something_else(value):
    layer = nn.Linear(2, 2)
    with pytest.raises(TypeError, match="weight is a Parameter"):
        layer.weight = value
    layer.weight = nn.Parameter(np.ones((2, 2)))
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


class Nested(nn.Module):
    def __init__(self):
        self.a = {"x": nn.Linear(2, 2), "deep": [nn.Linear(1, 1)]}
        self.b = [[nn.Dropout(0.5)], (nn.Linear(1, 2),)]


def test_modules_in_dicts_and_nested_lists_are_found():
    model = Nested().eval()
    names = {name.rpartition(".")[0] for name, _ in model.named_parameters()}
    assert names == {"a.x", "a.deep.0", "b.1.0"}
    assert model.b[0][0].training is False


def test_what_a_subclass_adds_to_sequential_is_in_the_state():
    class WithHead(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Linear(2, 2))
            self.head = nn.Linear(2, 1)

    assert list(WithHead().state_dict()) == ["0.weight", "0.bias", "head.weight", "head.bias"]


def test_named_modules_are_called_as_in_pytorch():
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Dropout(0.5), nn.Linear(1, 1)))
    assert [name for name, _ in model.named_modules()] == ["", "0", "1", "1.0", "1.1"]
    shared = nn.Linear(1, 1)
    assert [name for name, _ in nn.Sequential(shared, shared).named_modules()] == ["", "0"]


@pytest.mark.parametrize("x", [arange(3), tensor([True])])
def test_whole_numbers_and_truth_values_have_no_gradient(x):
    with pytest.raises(RuntimeError, match="floats"):
        x.requires_grad = True
    assert x.requires_grad is False


@pytest.mark.parametrize("grad", [0, np.ones(2), wrap(np.ones((2, 2)))])
def test_a_gradient_fits(grad):
    x = leaf(1.0, 2.0)
    with pytest.raises((TypeError, RuntimeError), match="gradient"):
        x.grad = grad
    assert x.grad is None


# -- truth values stay truth values --------------------------------------------------------------------------


def test_a_mask_of_truth_values_chooses():
    same(Tensor([10.0, 20.0, 30.0])[Tensor([True, False, True])], [10, 30])
    assert Tensor(np.tri(2, dtype=bool)).dtype == bool
    assert Tensor([True, 2.0]).dtype == np.float32


def test_an_attention_mask_of_truth_values_hides_the_future():
    attention, x = nn.Attention(4), Tensor(np.random.default_rng(0).standard_normal((3, 4)))
    first = attention(x, mask=Tensor(np.tri(3, dtype=bool))).data[0]
    x.data[1:] = 0
    np.testing.assert_array_equal(attention(x, mask=Tensor(np.tri(3, dtype=bool))).data[0], first)


@pytest.mark.parametrize("kind", [list, np.array, Tensor])
def test_truth_values_are_no_labels(kind):
    with pytest.raises(ValueError, match="truth value"):
        nn.CrossEntropyLoss()(Tensor(np.zeros((2, 2))), kind([True, False]))
    with pytest.raises(ValueError, match="truth value"):
        nn.Embedding(3, 2)(kind([True, False]))


def test_comparing_with_what_is_no_number():
    x = Tensor([1.0])
    assert (x == None) is False  # noqa: E711 - this is what is tested
    assert (x != None) is True  # noqa: E711
    assert (x == "1") is False
    assert x not in [None, "text"]


def test_truth_values_combine():
    a, b = tensor([True, True, False]), tensor([True, False, False])
    for got, want in [(~a, [0, 0, 1]), (a & b, [1, 0, 0]), (a | b, [1, 1, 0]), (a ^ b, [0, 1, 0])]:
        assert got.dtype == bool
        assert got.tolist() == [bool(n) for n in want]
    with pytest.raises(TypeError, match="truth values"):
        a & Tensor([1.0, 2.0, 3.0])


# -- what was asked for is what comes ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax"])
def test_two_dims_are_a_tuple(name):
    with pytest.raises(TypeError, match="tuple"):
        getattr(Tensor(np.ones((2, 3, 4))), name)(1, 2)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_no_dims_are_all_dims(name):
    x = Tensor(np.arange(6).reshape(2, 3))
    same(getattr(x, name)(dim=()), getattr(x.data, name)())


@pytest.mark.parametrize("dim", [0, -1])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_a_single_number_has_a_dim_0(name, dim):
    x = Tensor(3.0, requires_grad=True)
    getattr(x, name)(dim).backward()
    same(x.grad, 1.0)
    assert x.transpose(0, -1).shape == ()


def test_numpy_functions_on_a_tensor():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    same(np.sum(x), 10)
    same(np.mean(x, axis=0), [2, 3])


def test_the_larger_of_two_tensors():
    a, b = leaf(1.0, 5.0, 2.0), leaf(3.0, 4.0, 2.0)
    out = a.max(b)
    out.sum().backward()
    same(out, [3, 5, 2])
    same(a.grad, [0, 1, 0.5])


def test_a_whole_number_is_an_index():
    assert list(range(tensor(3))) == [0, 1, 2]
    assert [5, 6, 7][tensor(2)] == 7
    for x in (Tensor(2.0), tensor([1, 2]), tensor(True)):
        with pytest.raises(TypeError, match="whole number"):
            [5, 6][x]


def test_formats():
    assert f"{Tensor(0.123456):.3f}" == "0.123"
    assert f"{Tensor([1.0])}" == "Tensor([1.])"
    with pytest.raises(TypeError):
        f"{Tensor([1.0, 2.0]):.3f}"


def test_a_group_that_is_added_after_the_scheduler():
    optimizer = SGD([leaf(1.0)], lr=0.1)
    scheduler = CosineAnnealingLR(optimizer, T_max=2)
    optimizer.add_param_group({"params": [leaf(1.0)], "lr": 0.2})
    scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.05, 0.1])


def test_the_key_that_safetensors_keeps(tmp_path):
    with pytest.raises(TypeError, match="__metadata__"):
        save({"__metadata__": Tensor([1.0])}, tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_numpy_counts_of_epochs_and_batches():
    model = nn.Linear(1, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), nn.MSELoss())
    assert len(trainer.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=np.int64(1), batch_size=np.int64(2))) == 1


def test_no_grad_on_a_generator_function():
    x = leaf(1.0)

    @no_grad()
    def steps():
        sent = yield (x * 2).requires_grad
        yield sent, (x * 2).requires_grad

    running = steps()
    assert next(running) is False
    assert (x * 2).requires_grad  # between the steps it is as the caller has it
    assert running.send("sent") == ("sent", False)


# -- a backward pass uses the values of its forward pass -------------------------------------------------------

CHANGES = {
    "optimizer": lambda w: step(w),
    "operator": lambda w: in_place(w),
    "item": lambda w: assigned(w),
    "fill": lambda w: w.detach().zero_(),
    "data": lambda w: scaled(w),
    "view": lambda w: w.detach()[:1].mul_(3),
    "load": lambda w: loaded(w),
}


def step(w):
    w.grad = Tensor(np.ones(w.shape))
    SGD([w], lr=1.0).step()


def in_place(w):
    with no_grad():
        w *= 2


def assigned(w):
    with no_grad():
        w[0] = 7


def scaled(w):
    w.data *= 2


def loaded(w):
    module = nn.Module()
    vars(module)["w"] = w
    nn.Module.load_state_dict(module, {"w": np.zeros(w.shape)})


@pytest.mark.parametrize("change", CHANGES)
def test_a_value_that_was_changed_in_place_is_refused(change):
    x, w = leaf(1.0, 2.0), nn.Parameter([3.0, 4.0])
    y = w * x
    CHANGES[change](w)
    with pytest.raises(RuntimeError, match=r"\(2,\) was changed in place after the operation mul"):
        y.backward(Tensor([1.0, 1.0]))
    assert x.grad is None


@pytest.mark.parametrize("function", [Tensor.exp, Tensor.sqrt, lambda x: x @ x, lambda x: x.max()])
def test_other_operations_keep_values_too(function):
    x = leaf(1.0, 2.0) * 1
    y = function(x)
    with no_grad():
        x *= 2
        y *= 2
    with pytest.raises(RuntimeError, match="changed in place"):
        y.sum().backward()


def test_a_value_that_is_not_needed_may_change():
    x, m = leaf(1.0, 2.0), Tensor([3.0, 4.0])
    y = (x + m).sum()
    m *= 0
    y.backward()
    same(x.grad, [1, 1])


def test_a_change_before_is_none():
    x, m = leaf(1.0, 2.0), Tensor([3.0, 4.0])
    m *= 2
    (x * m).sum().backward()
    same(x.grad, [6, 8])


def test_another_array_is_no_change():
    x, w = leaf(1.0), nn.Parameter([3.0])
    y = w * x
    w.data = np.array([5.0])
    y.backward()
    same(x.grad, [3])


def test_a_change_of_something_else_is_none():
    x, w, other = leaf(1.0), nn.Parameter([3.0]), Tensor([1.0])
    y = w * x
    other += 1
    y.backward()
    same(x.grad, [3])


@pytest.mark.parametrize("index", [[0], np.array([0]), np.array([True, False])])
def test_an_index_is_that_of_the_forward_pass(index):
    x = leaf(1.0, 2.0)
    y = x[index]
    index[0] = 1 - index[0] if not isinstance(index[0], np.bool_) else False
    y.sum().backward()
    same(x.grad, [1, 0])


def test_retain_graph():
    x = leaf(3.0)
    y = (x * x).exp().log() * 2
    y.backward(retain_graph=True)
    y.backward()
    same(x.grad, [24])
    with pytest.raises(RuntimeError, match="retain_graph"):
        y.backward()


def test_a_checkpoint_that_captures_what_is_used_elsewhere():
    x, w = leaf(2.0), leaf(3.0)
    shared = w * w
    (checkpoint(lambda a: a * shared, x) + shared).sum().backward()
    same(x.grad, [9])
    same(w.grad, [2 * 3 * 2 + 2 * 3])


def test_threads_lose_no_gradient():
    w = nn.Parameter(np.zeros(10))
    run = lambda: [(w * 1).sum().backward() for _ in range(100)]  # noqa: E731 - one for all threads
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(w.grad, np.full(10, 400))


def test_no_gradient_where_relu_and_max_let_none_through():
    x = leaf(-1.0, 0.0, 2.0)
    nn.ReLU()(x).backward(Tensor([np.inf, np.inf, np.inf]))
    same(x.grad, [0, 0, np.inf])
    x.grad = None
    x.max().backward(Tensor(np.inf))
    same(x.grad, [0, 0, np.inf])


# -- sums keep float32's digits ------------------------------------------------------------------------------


def test_a_million_tenths():
    x = Tensor(np.full((1_000_000, 2), 0.1))
    bias = leaf(0.0, 0.0)
    (x + bias).backward(x)
    for got, want in [(x.mean(0), 0.1), (x.sum(0), 1e5), (bias.grad, 1e5), (x.T.mean(1), 0.1)]:
        assert got.dtype == np.float32
        same(got, [want, want])


def test_batch_norm_of_numbers_far_from_zero():
    x = np.abs(np.random.default_rng(0).standard_normal((64, 8, 32, 32))).astype(np.float32)
    wide = x.astype(np.float64)
    normal = (wide - wide.mean((0, 2, 3), keepdims=True)) / np.sqrt(wide.var((0, 2, 3), keepdims=True) + 1e-5)
    np.testing.assert_allclose(nn.BatchNorm2d(8)(Tensor(x)).data, normal, atol=3e-6)


def test_float64_beside_float64_keeps_its_digits():
    x, more = tensor([1.0], dtype=np.float64), np.array([1 + 1e-12])
    for got in (x * more, more * x, x * more[0], x * [1 + 1e-12]):
        assert got.dtype == np.float64
        assert got.data[0] == more[0]
    assert (Tensor([1.0]) * more).dtype == np.float32


# -- pictures and models of language -------------------------------------------------------------------------


def test_the_winner_of_a_window():
    for row, want in [([1.0, np.nan, 2.0, 3.0], [0, 1, 0, 1]), ([-np.inf, -np.inf, 0.0, 0.0], [1, 0, 1, 0])]:
        x = Tensor([[[row]]], requires_grad=True)
        nn.MaxPool2d((1, 2))(x).sum().backward()
        same(x.grad, [[[want]]])
    x = Tensor(np.full((1, 1, 2, 2), -np.inf), requires_grad=True)
    nn.MaxPool2d(2, padding=1)(x).sum().backward()
    same(x.grad, np.ones((1, 1, 2, 2)))


@pytest.mark.parametrize("fast", [False, True])
def test_an_infinite_gradient_reaches_the_winner_only(fast):
    with accelerate() if fast else nullcontext():
        x = leaf(-1.0, 0.0, 2.0)
        nn.ReLU()(x).backward(Tensor([np.inf] * 3))
        same(x.grad, [0, 0, np.inf])
    x = Tensor([[[[1.0, 2.0], [0.0, 0.0]]]], requires_grad=True)
    nn.MaxPool2d(2)(x).backward(Tensor([[[[np.inf]]]]))
    same(x.grad, [[[[0, np.inf], [0, 0]]]])


def test_a_cumulative_average_of_batches():
    layer = nn.BatchNorm2d(1, momentum=None)
    for value in (1, 3, 8):
        layer(Tensor([[[[value - 1, value + 1]]]]))
    same(layer.running_mean, [4])
    same(layer.running_var, [2])


@pytest.mark.parametrize("layer", [nn.BatchNorm2d, nn.LayerNorm])
@pytest.mark.parametrize("eps", [-10.0, float("nan")])
def test_eps_is_not_negative(layer, eps):
    with pytest.raises(ValueError, match="eps is 0 or more"):
        layer(2, eps=eps)


def test_flatten_of_few_dimensions():
    assert nn.Flatten(0)(Tensor(3.0)).shape == (1,)
    with pytest.raises(IndexError):
        nn.Flatten()(Tensor([1.0, 2.0]))


def test_im2col_takes_its_arguments_as_unfold():
    x = Tensor(np.arange(36).reshape(1, 1, 6, 6))
    same(nn.im2col(x, 2, 3, 1, 2), nn.im2col(x, 2, dilation=3, padding=1, stride=2).data)


def test_a_text_from_a_broken_model():
    model = nn.Transformer(10, 8, 2, 1)
    model.head.weight.data *= np.nan
    for temperature in (0, 1):
        with pytest.raises(ValueError, match="nan"):
            model.generate([1, 2], 3, temperature=temperature)


def test_samples_that_are_lists_of_parts():
    samples = [[np.full(3, i, np.float32), i] for i in range(4)]
    x, y = DataLoader(samples, batch_size=4).__iter__().__next__()
    assert (x.shape, y.tolist()) == ((4, 3), [0, 1, 2, 3])
    numbers = next(iter(DataLoader([[1, 2], [3, 4], [5, 6]], batch_size=3)))
    assert numbers.shape == (3, 2)


def test_a_thread_that_ends_inside_accelerate_leaves_nothing():
    before = dict(kernels), dict(gradients)
    thread = threading.Thread(target=accelerate)
    thread.start()
    thread.join()
    assert (kernels, gradients) == before
    with accelerate():
        assert kernels != before[0]


# -- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [TinyDigits, MNIST, CIFAR10])
@pytest.mark.parametrize("train", ["test", "no/such/folder", 0, None])
def test_whether_to_train_is_a_truth_value(kind, train):
    with pytest.raises(TypeError, match="train is True or False"):
        kind(train)


def test_a_folder_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=str(tmp_path / "data")):
        MNIST(root="~/data")


@pytest.mark.parametrize("name", ["train-images.idx3-ubyte", "MNIST/raw/train-images-idx3-ubyte.gz"])
def test_mnist_is_found_under_its_other_names(name, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(ValueError, match=Path(name).name):
        MNIST(root=tmp_path)


class Tied(nn.Module):
    def __init__(self):
        self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2, bias=False)
        self.second.weight = self.first.weight


def test_a_tied_weight_is_saved_once_and_loaded_twice(tmp_path):
    model, other = Tied(), Tied()
    save(model.state_dict(), tmp_path / "f")
    assert sorted(load_file(tmp_path / "f")) == ["first.bias", "first.weight"]
    for state in (load(tmp_path / "f"), load_file(tmp_path / "f")):
        other.second.weight.data *= 0
        other.load_state_dict(state)
        same(other.first.weight, model.first.weight.data)
    with pytest.raises(RuntimeError, match=r"first\.bias"):
        other.load_state_dict({"first.weight": np.zeros((2, 2))})


# -- arguments -----------------------------------------------------------------------------------------------


CLASSES = (nn.MSELoss, nn.CrossEntropyLoss, nn.BCEWithLogitsLoss, nn.MaxPool2d, nn.AvgPool2d, nn.BatchNorm2d)


@pytest.mark.parametrize("kind", CLASSES)
def test_messages_name_the_class_that_was_called(kind):
    with pytest.raises(TypeError, match=kind.__name__):
        kind(nonsense=1)


def test_an_operation_that_is_not_there():
    with pytest.raises(LookupError, match="no kernel 'nonsense'"):
        apply("nonsense", leaf(1.0))


def test_a_set_of_modules_and_a_buffer_of_another_type_are_refused():
    model = nn.Module()
    with pytest.raises(TypeError, match="ModuleList"):
        model.parts = {nn.Linear(1, 1)}
    layer = nn.BatchNorm2d(2)
    with pytest.raises(TypeError, match="running_mean is a buffer"):
        layer.running_mean = 5.0


def test_gradients_set_to_zeros():
    layer = nn.Linear(2, 1)
    layer(Tensor(np.ones((1, 2)))).sum().backward()
    layer.zero_grad(set_to_none=False)
    same(layer.weight.grad, np.zeros((1, 2)))
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    optimizer.zero_grad(set_to_none=False)
    same(layer.bias.grad, [0])
    optimizer.zero_grad()
    assert layer.bias.grad is None


def test_a_saved_run_goes_on_after_a_load(tmp_path):
    save({"w": tensor([True, False])}, tmp_path / "f")
    assert load(tmp_path / "f")["w"].dtype == bool
