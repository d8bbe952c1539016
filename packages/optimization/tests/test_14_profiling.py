"""The profiler around real layers and training: exact counts, nothing changed, nothing kept, everything put back."""

import copy
import gc
import math
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import tinytorch._profiling as given
import tinytorch.profiling as profiling
from tinytorch.core.autograd import Function, checkpoint, gradients, no_grad
from tinytorch.core.tensor import Tensor, apply, kernels, manual_seed, observers, randn, tensor, zeros
from tinytorch.nn.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.nn.layers import Dropout, Linear, Module, Sequential
from tinytorch.nn.losses import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss, log_softmax
from tinytorch.optim.optimizers import SGD, Adam
from tinytorch.profiling import (
    Energy,
    Peaks,
    Profiler,
    amdahl_speedup,
    bytes_of,
    count_parameters,
    energy,
    flops_of,
    joules_between,
    machine_peaks,
    profile,
    roofline,
)
from tinytorch.testing import check, check_raises, check_true
from tinytorch.training import train_step


def small():
    manual_seed(0)
    return Sequential(Linear(8, 6), ReLU(), Sequential(Linear(6, 5), Dropout(0.5)), Linear(5, 3))


def one_step(model, optimizer):
    x, y = np.random.default_rng(1).standard_normal((4, 8)), [0, 1, 2, 0]
    return train_step(model, optimizer, CrossEntropyLoss(), Tensor(x), y)


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(7, 8), (8,), (2, 5, 8), (0, 8)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_by_hand(shape, bias):
    layer, x = Linear(8, 6, bias=bias), Tensor(np.ones(shape), requires_grad=True)
    with Profiler(layer) as profiler:
        layer(x).sum().backward()
    rows, totals = math.prod(shape[:-1]), profiler.by_operation()
    call = f"Linear(8, 6, bias={bias})(x), x {shape}"
    check(f"FLOPs of {call}", totals["linear"].flops, 2 * rows * 8 * 6 + rows * 6 * bias)
    check("FLOPs of its backward pass", totals["linear backward"].flops, 4 * rows * 8 * 6)
    product, addition = rows * 8 + 48 + rows * 6, (2 * rows * 6 + 6) * bias
    check(f"bytes of {call}, those of a product and an addition", totals["linear"].bytes, 4 * (product + addition))


@pytest.mark.parametrize(
    "options", [{}, {"padding": 1}, {"stride": (2, 1)}, {"dilation": 2, "bias": False}, {"groups": 2}], ids=str
)
def test_conv2d_by_hand(options):
    from tinytorch.nn.conv import Conv2d

    layer, x = Conv2d(4, 6, (3, 2), **options), Tensor(np.ones((5, 4, 9, 8)), requires_grad=True)
    with Profiler(layer) as profiler:
        out = layer(x)
        out.sum().backward()
    macs = out.size * (4 // options.get("groups", 1)) * 3 * 2
    added, totals = out.size * options.get("bias", True), profiler.by_operation()
    check(f"FLOPs of Conv2d(4, 6, (3, 2), **{options})", totals["conv2d"].flops, 2 * macs + added)
    check("FLOPs of its way back", totals["conv2d backward"].flops, 4 * macs + added)
    moved = x.nbytes + out.nbytes + sum(p.nbytes for p in layer.parameters())
    check("its bytes", totals["conv2d"].bytes, moved)


def test_attention_by_hand():
    from tinytorch.nn.attention import MultiHeadAttention, causal_mask

    layer, x = MultiHeadAttention(12, 3), Tensor(np.ones((2, 7, 12)), requires_grad=True)
    with Profiler(layer) as profiler:
        layer(x, causal_mask(7)).sum().backward()
    totals, pairs = profiler.by_operation(), 2 * 3 * 7 * 7
    check("FLOPs of 3 heads of 4 over 7 places", totals["attention"].flops, pairs * (2 * 4 + 2 * 4 + 4))
    check("FLOPs of the way back", totals["attention backward"].flops, pairs * (8 * 4 + 4))
    projections = 2 * 14 * 12 * 48 + 14 * 48
    check("FLOPs of the projections", totals["linear"].flops, projections)
    # q, k, v, the result, and a mask of truth values
    check("bytes of the attention", totals["attention"].bytes, 4 * 4 * 2 * 7 * 12 + 49)
    names = set(profiler.by_module())
    check("the modules that ran", names, {"", "out_proj", "(outside)"})


def test_pooling_and_embedding_by_hand():
    from tinytorch.nn.conv import AvgPool2d, MaxPool2d
    from tinytorch.nn.embedding import Embedding

    x, table = randn(2, 3, 8, 8), Embedding(1000, 16)
    with Profiler() as profiler:
        MaxPool2d(2)(x)
        MaxPool2d(3, 2, 1)(x)
        AvgPool2d(2)(x)
        table([[1, 2, 2]])
    got = [(r.name, r.flops) for r in profiler.records]
    want = [("max_pool2d", 96 * 4), ("max_pool2d", 96 * 9), ("avg_pool2d", 96 * 4), ("embedding", 0)]
    check("FLOPs of pooling and embedding", got, want)
    check("bytes of three rows of a table of 1000", profiler.records[-1].bytes, 2 * 3 * 16 * 4 + 3 * 8)


def test_numbers_among_the_inputs():
    x = Tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    with Profiler() as profiler:
        y = (2 - x * 3) ** 2 / 4 + x.exp().log().abs()
        (y > 1, y.argmax(), y.max(), -y, y[0, 1], y.T, y.reshape(3), y.mean(dim=1))
        (y.sum() + tensor([1, 2]).sum()).backward()
    check_true("every operation has FLOPs of 0 or more", all(r.flops >= 0 and r.bytes >= 0 for r in profiler.records))
    check("x.grad, as without a profiler", x.grad, Tensor([[2 * 3 * 1 / 4 + 1, 2 * 3 * 4 / 4 + 1, 2 * 3 * 7 / 4 + 1]]))


def test_an_operation_of_ones_own():
    with Profiler() as profiler:

        class Cube(Function):
            def forward(ctx, a):
                ctx.save_for_backward(a)
                return a * a * a

            def backward(ctx, g):
                return 3 * g * ctx.saved_tensors[0] ** 2

        early = Tensor([2.0], requires_grad=True)
        Cube.apply(early).backward()  # it was made while the profiler was open: not seen, and not lost
    check_true("its kernel is still there", "Cube" in kernels and "Cube" in gradients)
    x = Tensor(np.ones(5), requires_grad=True)
    with Profiler() as profiler:
        Cube.apply(x).sum().backward()
    totals = profiler.by_operation()
    check("one FLOP for each number", (totals["Cube"].flops, totals["Cube backward"].flops), (5, 5))
    check("x.grad", x.grad, Tensor([3.0] * 5))


def test_float64_counts_its_bytes():
    a, b = tensor(np.ones((4, 3)), dtype=np.float64), tensor(np.ones((3, 2)), dtype=np.float64)
    with Profiler() as profiler:
        a @ b
    check("bytes of a product in float64", profiler.records[0].bytes, 8 * (12 + 6 + 8))


# -- nothing changes ---------------------------------------------------------------------------------------------------


def test_training_is_the_same_to_the_bit():
    weights = []
    for watching in (False, True):
        model = small()
        optimizer = Adam(model.parameters(), lr=0.01)
        manual_seed(3)
        for _ in range(3):
            if watching:
                with Profiler(model, memory=True):
                    one_step(model, optimizer)
            else:
                one_step(model, optimizer)
        weights.append(np.concatenate([p.data.ravel() for p in model.parameters()]).tobytes())
    check_true("three steps, watched and not, end in the same weights", weights[0] == weights[1])


def test_every_kind_of_operation_passes_through():
    x = randn(3, 4)
    for name, function in [
        *((type(f).__name__, f) for f in (ReLU(), GELU(), Sigmoid(), Tanh(), Softmax())),
        ("log_softmax", log_softmax),
        ("MSELoss", lambda x: MSELoss()(x, zeros(3, 4))),
        ("BCEWithLogitsLoss", lambda x: BCEWithLogitsLoss()(x, zeros(3, 4))),
        ("CrossEntropyLoss", lambda x: CrossEntropyLoss()(x, [0, 1, 3])),
        ("a product", lambda x: x @ x.T),
    ]:
        want, first = (Tensor(x.data, requires_grad=True) for _ in range(2))
        function(want).sum().backward()
        with Profiler() as profiler:
            out = function(first)
            out.sum().backward()
        check(f"{name}(x) inside of a profiler", out.detach(), function(x).detach())
        check(f"the gradient of {name}", first.grad, want.grad)
        sums = sum(r.seconds for r in profiler.records)
        check_true(f"the parts of {name} are not longer than the whole", 0 < sums <= profiler.elapsed)


def everything():
    return [dict(kernels), dict(gradients), list(observers), dict(vars(Module)), dict(vars(Linear))]


def test_all_is_put_back():
    model, before = small(), everything()
    attributes = [sorted(vars(m)) for _, m in model.named_modules()]

    check_raises("two profilers in which something fails", lambda: stopping(model), ZeroDivisionError)
    check_true("the tables and observers are what they were", everything() == before)
    check("attributes of the modules", [sorted(vars(m)) for _, m in model.named_modules()], attributes)
    check("tracemalloc is off", tracemalloc.is_tracing(), False)
    check_raises("a shape that does not fit", lambda: failing(model), ValueError, "linear", "(2, 7)")
    check_true("the tables after an error in an operation", everything() == before)


def stopping(model):
    with Profiler(model), Profiler(model, memory=True):
        return model(zeros(2, 8)), 1 / 0


def failing(model):
    with Profiler(model):
        model(zeros(2, 7))


def test_an_error_leaves_the_names_right():
    model = small()
    with Profiler(model) as profiler:
        check_raises("a shape that does not fit", lambda: model(zeros(2, 7)), ValueError)
        Tensor([1.0]) + 1
        model(zeros(2, 8))
    check("where the operations ran", [r.module for r in profiler.records][:2], ["(outside)", "0"])


def test_profilers_nest():
    model = small().eval()
    with Profiler(model) as outer:
        model(zeros(2, 8))
        with Profiler(model[2]) as inner:
            model(zeros(2, 8))
        model(zeros(2, 8))
    check("records of the outer and the inner one", (len(outer.records), len(inner.records)), (30, 10))
    calls = {name: totals.calls for name, totals in inner.by_module().items()}
    check("calls by the inner one's modules", calls, {"": 3, "(outside)": 7, "0": 3})
    check("the same operations", [r[:4] for r in outer.records[:10]], [r[:4] for r in outer.records[10:20]])


def test_a_kernel_in_the_table_is_the_one_that_is_timed(monkeypatch):
    x, calls = zeros(5), []
    monkeypatch.setitem(kernels, "relu", lambda a: calls.append(a.shape) or np.maximum(a, 0))
    own = kernels["relu"]
    with Profiler() as profiler:
        ReLU()(x)
    check("calls of the kernel that stood there, and records", (calls, len(profiler.records)), ([(5,)], 1))
    check_true("it stands there again afterwards", kernels["relu"] is own)


def test_a_composite_that_a_kernel_replaces_is_one_operation(monkeypatch):
    layer, x = Linear(3, 2), Tensor(np.ones((4, 3)))
    monkeypatch.setitem(kernels, "linear", lambda x, weight, bias: x @ weight.T + bias)
    with Profiler(layer) as profiler, no_grad():
        layer(x)
    got = [(r.name, r.within, r.flops) for r in profiler.records]
    check("its record: name, composite, FLOPs", got, [("linear", "", 2 * 4 * 3 * 2 + 4 * 2)])


def test_one_thread_at_a_time():
    answers, before = [], everything()

    def other():
        try:
            with Profiler(small()):
                answers.append("opened")
        except RuntimeError as error:
            answers.append(str(error))

    def in_another_thread():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return answers.pop()

    with Profiler():
        check_true("refused while one is open here", "another thread" in in_another_thread())
        with Profiler():
            check_true("and inside of two", "another thread" in in_another_thread())
        check_true("and behind the inner one", "another thread" in in_another_thread())
    check("afterwards", in_another_thread(), "opened")
    check_true("and all is as it was", everything() == before)


def test_one_profiler_several_times():
    model = small().eval()
    profiler = Profiler(model)
    for _ in range(3):
        with profiler:
            model(zeros(2, 8))
    check("records of three linear layers, three parts each", profiler.by_operation()["linear"].calls, 27)
    check_true("the time adds up", sum(r.seconds for r in profiler.records) < profiler.elapsed)

    def twice():
        with profiler, profiler:
            pass

    check_raises("a profiler that is open already", twice, RuntimeError, "open already")
    with profiler:
        check_true("and it can be opened again", True)


def test_a_stand_in_that_outlives_the_profiler():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with Profiler() as profiler:
        y = (x * x).sum()
    seen = len(profiler.records)
    y.backward()
    check("x.grad of a graph made inside and used outside", x.grad, Tensor(np.full((2, 3), 2.0)))
    check("records that came later", len(profiler.records) - seen, 0)
    y = (x * x).sum()
    with Profiler() as profiler:
        y.backward()
    check("records of the way back of a graph made outside", profiler.records, [])


def test_what_is_dropped_is_freed():
    model = Linear(100, 100)
    with Profiler(model) as profiler:
        hidden = model(zeros(10, 100)).exp()
        dead = weakref.ref(hidden.data)
        hidden.sum().backward()
        del hidden
        gc.collect()
        check_true("an activation that the program dropped is gone", dead() is None)
    check_true("something was seen", len(profiler.records) > 3)


def test_checkpoints_are_charged_once():
    model, x = Sequential(Linear(50, 50), Tanh()), Tensor(np.ones((20, 50)), requires_grad=True)
    with Profiler(model) as profiler:
        checkpoint(model, x).sum().backward()
    totals = profiler.by_operation()
    check("three parts of linear, in both runs", totals["linear"].calls, 6)
    check_true("own times add up to no more than the whole", profiler.outside >= 0, str(profiler.outside))


# -- modules -----------------------------------------------------------------------------------------------------------


class Shared(Module):
    def __init__(self):
        self.layers = [Linear(4, 4), Linear(4, 4)]
        self.again = self.layers[0]

    def forward(self, x):
        for layer in [*self.layers, self.again]:
            x = layer(x)
        return x


def test_a_copy_made_inside_is_its_own():
    model = Sequential(Linear(3, 2))
    with Profiler(model) as profiler:
        twin = copy.deepcopy(model)
        twin(zeros(1, 3))
    check("where the copy's operations ran", {r.module for r in profiler.records}, {"(outside)"})
    check("attributes of the copy", sorted(vars(twin)), ["layers"])
    for parameter in model.parameters():
        parameter.data[...] = 7
    check("the copy when the original has changed", twin(zeros(1, 3)), Tensor(twin[0].bias.data[None]))


class Unusual(Module):
    """Parts with a call of their own, with a forward as an attribute, and with a forward that is called by name."""

    class Own(Linear):
        def __call__(self, x):
            return self.weight.sum() + x

    class Longer(Linear):
        def forward(self, x):
            return super().forward(x).exp()

    def __init__(self):
        self.own, self.longer, self.replaced = Unusual.Own(2, 2), Unusual.Longer(2, 2), Linear(2, 2)
        self.replaced.forward = lambda x: x.abs()

    def forward(self, x):
        return self.longer(self.replaced(self.own(x)))


def test_modules_with_a_call_or_a_forward_of_their_own():
    model, other, before = Unusual(), Linear(2, 2), vars(Unusual.Own)["__call__"]
    for _ in range(2):
        with Profiler(model) as profiler, Profiler(model) as inner:
            model(zeros(1, 2))
            other(zeros(1, 2))
        linear = ["permute", "matmul", "add"]
        want = [("sum", ""), ("add", ""), ("abs", "replaced"), *((name, "longer") for name in [*linear, "exp"])]
        want += [(name, "(outside)") for name in linear]
        check("where the operations ran", [(r.name, r.module) for r in profiler.records], want)
        check("the same for the inner one", [(r.name, r.module) for r in inner.records], want)
    check_true("its own call is what it was", vars(Unusual.Own)["__call__"] is before)


def test_shared_parts_have_one_name():
    model = Shared()
    with Profiler(model) as profiler:
        model(zeros(2, 4))
    calls = {name: totals.calls for name, totals in profiler.by_module().items()}
    check("calls by module, three for each layer", calls, {"": 9, "layers": 9, "layers.0": 6, "layers.1": 3})
    check("its parameters", count_parameters(model), 40)
    check("parameters by module", profiler.parameters, {"": 40, "layers.0": 20, "layers.1": 20, "again": 20})


def test_a_transformer_by_module():
    from tinytorch.nn.transformer import Transformer

    model = Transformer(vocab=11, d_model=8, n_heads=2, n_layers=2, max_len=6)
    with Profiler(model) as profiler:
        model([[1, 2, 3]], [[2, 3, 4]]).backward()
    totals = profiler.by_module()
    work, biases = 2 * (2 * 3 * 8 * 32), 3 * 8 + 3 * 32  # of both layers of the feed-forward network
    got = sum(totals[f"layers.0.linear{i}"].flops for i in (1, 2))
    check("FLOPs of its linear layers, in both passes", got, 3 * work + biases)
    inside = sum(totals[name].seconds for name in ("embedding", "positions", "layers", "norm", "head"))
    check_true("the parts are not longer than the model", inside <= totals[""].seconds * 1.001)
    check("parameters of a block", profiler.parameters["layers.0"], 12 * 64 + 13 * 8)


def test_without_a_model_and_without_parts():
    with Profiler() as profiler:
        zeros(3) + 1
    check("by_module() without a model", list(profiler.by_module()), ["(outside)"])
    with Profiler(Sequential()) as profiler, no_grad():
        profiler.model(zeros(3)) * 2
    check("operations of a model without layers", profiler.by_operation()["mul"].calls, 1)
    for name in ("operation", "module"):
        check_true(f"an empty table by {name} can be printed", "in all" in Profiler().table(name))


def test_what_is_no_model():
    check_raises("Profiler('model')", lambda: Profiler("model"), TypeError, "Module", "str")
    check_raises("Profiler(ReLU())", lambda: Profiler(ReLU()), TypeError, "ReLU")
    with Profiler() as profiler:
        ReLU()(zeros(3))
    check("its operation, without it as a model", list(profiler.by_operation()), ["relu"])


# -- time, memory, energy ----------------------------------------------------------------------------------------------


def test_peak_memory():
    a, b = zeros(500, 1000), zeros(1000, 500)
    with Profiler(memory=True) as profiler:
        first = a @ b  # 1 MB stays
        (first + 1).max()  # a second, which goes
        first.exp()
    peaks = [round(r.peak / 1e6, 1) for r in profiler.records]
    check("the peaks after 1, 2, 2, 2 arrays of 1 MB", peaks, [1.0, 2.0, 2.0, 2.0])
    check_true("the highest of them", 2e6 <= profiler.peak_memory < 2.1e6, f"{profiler.peak_memory:,}")
    check("of an exp alone", round(profiler.by_operation()["exp"].peak / 1e6, 1), 2.0)
    with Profiler() as profiler:
        a @ b
    check("the peak when memory is not watched", (profiler.peak_memory, profiler.records[0].peak), (0, 0))


def test_memory_that_is_traced_already():
    tracemalloc.start()
    try:
        kept = zeros(1000, 1000)
        with Profiler(memory=True) as profiler:
            kept + 1
        check("tracemalloc goes on", tracemalloc.is_tracing(), True)
        check_true("what was there before does not count", 4e6 <= profiler.peak_memory < 4.1e6)
    finally:
        tracemalloc.stop()


def test_profile_runs_what_it_says():
    calls, model = [], small().eval()

    def step():
        calls.append(len(observers))
        model(zeros(2, 8))

    report = profile(step, model, repeat=4, warmup=3)
    check("calls: 3 to warm up, 4 by the clock, 1 for memory", len(calls), 8)
    got = [r.operation for r in report.records]
    check("records of one step", got, [*["linear"] * 3, "relu", *["linear"] * 6])
    check_true("peaks are there", report.peak_memory > 0 and all(r.peak > 0 for r in report.records))
    check_true("the times make sense", 0 < sum(r.seconds for r in report.records) < report.elapsed)
    calls.clear()
    profile(step, model, repeat=1, warmup=0, memory=False)
    check("calls with repeat=1, warmup=0, memory=False", len(calls), 1)
    check_raises("profile(step, repeat=0)", lambda: profile(step, repeat=0), ValueError, "repeat")


def test_tables_and_roofs():
    model, peaks = small(), Peaks(100e9, 10e9)
    optimizer = SGD(model.parameters(), lr=0.1)
    report = profile(lambda: one_step(model, optimizer), model, repeat=2)
    text = report.table()
    for word in ("linear backward", "relu", "GFLOP/s", "peak MB", "the profiler:", "an estimate"):
        check_true(f"{word!r} is in the table by operation", word in text, text)
    text = report.table("module")
    for word in ("Sequential (107)", "2.0 (35)", "(outside)"):
        check_true(f"{word!r} is in the table by module", word in text, text)
    check_raises("table('shape')", lambda: report.table("shape"), ValueError, "shape")
    text = report.roofline(peaks)
    for word in ("linear", "memory", "100 GFLOP/s, 10.0 GB/s, ridge at 10.0 FLOP/byte"):
        check_true(f"{word!r} is in the roofline", word in text, text)


def test_plot(tmp_path):
    with Profiler() as profiler:
        randn(8, 8) @ randn(8, 8)
    path, peaks = tmp_path / "profile.svg", Peaks(100e9, 10e9)
    try:
        import matplotlib  # noqa: F401 - is it there?
    except ImportError:
        plot = lambda: profiler.plot(path, peaks)  # noqa: E731 - the line would be too long
        check_raises("plot() without matplotlib", plot, ImportError, "matplotlib", "table()")
    else:
        profiler.plot(path, peaks)
        check_true("the drawing names the operation", "matmul" in path.read_text("utf-8"))


def zone(folder, name, kind, value):
    (folder / name).mkdir()
    for file, text in [("name", kind), ("energy_uj", value), ("max_energy_range_uj", "1000000")]:
        (folder / name / file).write_text(f"{text}\n")


def test_counters(tmp_path):
    check("counters of a machine without any", given.counters(tmp_path / "none"), {})
    zone(tmp_path, "intel-rapl:0", "package-0", "5")
    zone(tmp_path, "intel-rapl:1", "psys", "6")
    zone(tmp_path, "intel-rapl:0:0", "core", "7")
    zone(tmp_path, "intel-rapl:2", "package-1", "8")
    (tmp_path / "intel-rapl:2" / "energy_uj").unlink()  # as if it could not be read
    got = given.counters(tmp_path)
    check("counters: the package alone, not what is inside of it", got, {"intel-rapl:0": (5, 10**6)})
    check("joules from 5 uJ to 2 uJ, a million later", joules_between(got, {"intel-rapl:0": (2, 10**6)}), 0.999997)


def test_energy_measured_and_estimated(monkeypatch):
    with Profiler() as profiler:
        zeros(1000) + 1
    if not given.counters():
        check("energy() without counters", profiler.energy(), energy(1000, 8000))
    readings = iter([{"0": (900_000, 10**6)}, {"0": (400_000, 10**6)}])
    monkeypatch.setattr(given, "counters", lambda: next(readings))
    with Profiler() as profiler:
        zeros(1000) + 1
    got = profiler.energy()
    check("energy() with a counter that started again", got[:2], (0.5, True))
    check_true("it says that it was measured", "measured" in str(got), str(got))
    check_true("the estimate says what it is", "an estimate" in str(Energy(1.0, False, "x")))


def test_the_cost_is_stated():
    with Profiler() as profiler:
        for _ in range(10):
            zeros(3) + 1
    check_true("noting costs something, less than a millisecond each", 0 <= profiler.overhead < 10e-3)
    check("it is a number for each record", profiler.overhead, 10 * profiling.record_cost())


def test_an_operation_that_its_module_counts(monkeypatch):
    monkeypatch.setitem(kernels, "mine", lambda a, parts: a)
    monkeypatch.setitem(given.counted, "mine", lambda arrays, attributes, out: (len(attributes["parts"]), out.nbytes))
    a, parts = np.ones(5, np.float32), [0, 1, 2]
    with Profiler() as profiler, no_grad():
        apply("mine", a, parts=parts)
    record = profiler.records[0]
    check("FLOPs and bytes in a record", (record.flops, record.bytes), (3, 20))
    operation = "mine", [a], {"parts": parts}, a
    check("flops_of and bytes_of", (flops_of(*operation), bytes_of(*operation)), (3, 20))


# -- laws --------------------------------------------------------------------------------------------------------------


def test_the_papers_example():
    check("amdahl_speedup(0.7, 2), cut to two digits", math.floor(100 * amdahl_speedup(0.7, 2)) / 100, 1.53)


def test_amdahl_is_monotonous_and_bounded():
    speedups = [amdahl_speedup(0.6, factor) for factor in (0.1, 0.5, 1, 2, 10, 1e9, math.inf)]
    check_true("more speed is never slower", speedups == sorted(speedups))
    check("the bound for 60 percent", speedups[-1], 2.5)
    for share in (math.nan, 1.01, -0.01):
        check_raises(f"amdahl_speedup({share}, 2)", lambda s=share: amdahl_speedup(s, 2), ValueError)
    check_raises("amdahl_speedup(0.5, nan)", lambda: amdahl_speedup(0.5, math.nan), ValueError)


def test_this_machine():
    peaks = machine_peaks(size=256, megabytes=16)
    check_true("between 0.1 and 100,000 GFLOP/s", 1e8 < peaks.flops < 1e14, str(peaks))
    check_true("between 0.1 and 10,000 GB/s", 1e8 < peaks.bandwidth < 1e13, str(peaks))
    check("at the ridge both limits are equal", roofline(peaks.ridge, peaks), peaks.flops, tolerance=1e-6)


def test_counts_take_what_the_door_gives():
    seen = []
    observers.append(lambda name, inputs, arrays, words, result: seen.append((name, arrays, words, result.data)))
    try:
        apply("matmul", randn(4, 3), randn(3, 2))
    finally:
        observers.pop()
    check("flops_of and bytes_of in an observer", [(flops_of(*s), bytes_of(*s)) for s in seen], [(48, 4 * 26)])
