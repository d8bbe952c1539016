"""Small inputs that once went wrong, each for a kind: parts of a model, truth values, arguments, changes in place."""

import threading

import numpy as np
import pytest

from tinytorch import Tensor, checkpoint, nn, no_grad, optim, tensor
from tinytorch.core.tensor import arange, wrap
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


# -- arguments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [nn.MSELoss, nn.CrossEntropyLoss, nn.BCEWithLogitsLoss])
def test_messages_name_the_class_that_was_called(loss):
    with pytest.raises(TypeError, match=loss.__name__):
        loss(nonsense=1)


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
