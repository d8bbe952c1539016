"""One door, two kinds of operation, nothing else patched: over the sources and the installed framework of all tiers."""

import ast
import importlib
from pathlib import Path

import numpy as np
import pytest

from tinytorch import where
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import Tensor, composites, kernels, running
from tinytorch.nn.activations import gelu
from tinytorch.nn.layers import linear
from tinytorch.nn.losses import bce_with_logits, cross_entropy
from tinytorch.profiling import Profiler
from tinytorch_course.tangle.modulefile import read_module

PACKAGES = Path(__file__).resolve().parents[2] / "packages"
TIERS = ("foundation", "architectures", "optimization", "capstone")
FOLDERS = ("modules/*.py", "src/**/*.py")
SOURCES = sorted(path for tier in TIERS for folder in FOLDERS for path in PACKAGES.glob(f"{tier}/{folder}"))


def some(*shape):
    return Tensor(np.random.default_rng(1).standard_normal(shape), requires_grad=True)


LABELS = np.array([0, 2, 1, 1])
CALLS = {
    "gelu": (gelu, lambda: (some(3, 4),)),
    "linear": (linear, lambda: (some(4, 3), some(2, 3), some(2))),
    "cross_entropy": (cross_entropy, lambda: (some(4, 3), LABELS)),
    "bce_with_logits": (bce_with_logits, lambda: (some(4), Tensor([0.0, 1.0, 0.5, 1.0]))),
}


def test_every_composite_has_a_call_here():
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and "composite" in [getattr(d, "id", "") for d in node.decorator_list]:
                assert node.name in CALLS, f"{path}: the composite {node.name}"
    assert set(CALLS) <= set(composites)


@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_replaces_the_parts_until_it_is_removed(name, monkeypatch):
    function, inputs = CALLS[name]
    want = function(*inputs())
    assert name not in kernels
    marked = np.full(want.shape, 42.0, np.float32)
    monkeypatch.setitem(kernels, name, lambda *arrays, **options: marked)
    sevens = lambda out, *arrays, **options: [lambda g, a=a: 7 * np.ones_like(a) for a in arrays]  # noqa: E731
    monkeypatch.setitem(gradients, name, sevens)
    arguments = inputs()
    got = function(*arguments)
    np.testing.assert_array_equal(got.data, marked)
    got.backward(np.ones_like(marked))
    assert (arguments[0].grad.data == 7).all()
    monkeypatch.undo()
    arguments = inputs()
    got = function(*arguments)
    np.testing.assert_array_equal(got.data, want.data)
    got.sum().backward()
    assert not (arguments[0].grad.data == 7).all()
    assert running == []


@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_without_a_derivative_is_an_error_in_words(name, monkeypatch):
    function, inputs = CALLS[name]
    want = function(*inputs())
    monkeypatch.setitem(kernels, name, lambda *arrays, **options: want.data)
    with pytest.raises(RuntimeError, match=f"{name} has no entry in the table of gradients.*remove its kernel"):
        function(*inputs())


# -- nothing else is patched -------------------------------------------------------------------------------------------

ALLOWED = {
    "05_autograd.py: Tensor.backward",  # listing 3 of the paper prints it
    "_lazy.py: setattr(sys.modules[name], attribute, value)",  # what `from tinytorch.nn import x` looks up
    "_quantization.py: setattr(new, name, copied(value))",  # an attribute of a new layer
    "16_compression.py: setattr(smaller, name, wrap(getattr(layer, name).data[channels]))",  # the same
}


def exported(path):
    """The code of a source: of a chapter the exported cells, without its tests."""
    if path.parent.name != "modules":
        return ast.parse(path.read_text("utf-8"))
    cells = [cell for cell in read_module(path).cells if cell.export]
    return ast.parse("\n".join("\n".join(cell.code()) for cell in cells))


def imported(tree):
    """Names that stand for modules or for what comes from them: `import a.b as c`, `from a import b`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
    return found


def root(node):
    """The name at the left end of a.b.c, or None."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def patches(tree):
    """Assignments to names of other modules and to methods of classes, setattr on them, and changes by vars()."""
    others = imported(tree) | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign):
            yield from assigned(node.target, others)
        elif isinstance(node, (ast.Assign, ast.Delete)):
            yield from (found for target in node.targets for found in assigned(target, others))
        elif isinstance(node, ast.Call) and changes(node, others):
            yield ast.unparse(node)


def assigned(target, others):
    """What is patched by an assignment to `target`."""
    if isinstance(target, ast.Attribute):
        if isinstance(target.value, ast.Name) and target.value.id in others:
            yield f"{target.value.id}.{target.attr}"
        elif target.attr in ("__class__", "__dict__"):
            yield ast.unparse(target)
    elif isinstance(target, ast.Subscript) and looks_into(target.value, others):
        yield ast.unparse(target)


def changes(call, others):
    """Does this call change the names of a module or of a class, or hand them to something that could?"""
    name, function = getattr(call.func, "id", ""), call.func
    if name in ("setattr", "delattr"):
        return root(call.args[0]) != "self"
    if isinstance(function, ast.Attribute) and looks_into(function.value, others):
        return function.attr in ("update", "setdefault", "pop")
    reads = name in ("dict", "sorted", "list", "set", "len")
    return not reads and any(looks_into(argument, others) for argument in call.args)


def looks_into(node, others):
    """Is this vars(module or class), or the __dict__ or __globals__ of anything?"""
    if isinstance(node, ast.Attribute):
        return node.attr in ("__dict__", "__globals__")
    called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
    return called == "vars" and bool(node.args) and root(node.args[0]) in others


def test_nothing_else_is_patched():
    found = {f"{path.name}: {patch}" for path in SOURCES for patch in patches(exported(path))}
    assert found <= ALLOWED, sorted(found - ALLOWED)


@pytest.mark.parametrize("line", [
    "import a.b as door\ndoor.run = f", "from a import Linear\nLinear.forward = f", "class A: pass\nA.b = f",
    "import a\nvars(a)['run'] = f", "import a\nvars(a).update(run=f)", "setattr(kind, name, f)", "a.__dict__['b'] = f",
    "import a\nexchanged(vars(a), f)", "f.__globals__['g'] = h", "x.__class__ = A",
])  # fmt: skip
def test_a_patch_is_found(line):
    assert list(patches(ast.parse(line)))


def test_no_plumbing_below_the_optimization_tier():
    """Names of tuned twins, and arguments through which kernels once handed arrays to their gradients."""
    words = {"slope", "kept", "shares", "slopes"}
    for path in SOURCES:
        if path.parts[len(PACKAGES.parts)] not in ("foundation", "architectures"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "apply":
                assert not words & {word.arg for word in node.keywords}, f"{path.name}:{node.lineno}"
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("tinytorch.fast"), f"{path.name}:{node.lineno}"


def test_given_operations_stand_in_the_same_tables():
    """A profiler that was opened before the first of them is used sees them, and leaves the tables as they were."""
    before = dict(kernels), dict(gradients)
    with Profiler() as profile:
        where(some(3) > 0, some(3), 0.0).cumsum(0).sum().backward()
    seen = {(record.name, record.backward) for record in profile.records}
    assert {("where", False), ("where", True), ("cumsum", False), ("cumsum", True)} <= seen
    assert (kernels, gradients) == before


# -- no switch by size, threads or processor ---------------------------------------------------------------------------

ASKS_THE_MACHINE = {"cpu_count", "process_cpu_count", "sched_getaffinity", "active_count", "processor", "machine"}
WATCHES = {"_why.py", "_arguments.py", "testing.py", "download.py"}  # what explains errors and what downloads


def switches(tree):
    """Questions to the machine, and comparisons of a size with a number that is not small or that has a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ASKS_THE_MACHINE:
            yield ast.unparse(node)
        elif isinstance(node, ast.Compare) and not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            sides = [node.left, *node.comparators]
            if any(is_size(side) for side in sides) and any(is_threshold(side) for side in sides):
                yield ast.unparse(node)


def is_size(node):
    attribute = isinstance(node, ast.Attribute) and node.attr in ("size", "nbytes")
    return attribute or (isinstance(node, ast.Call) and ast.unparse(node.func) == "math.prod")


def is_threshold(node):
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and node.value > 16
    return (isinstance(node, ast.Name) and node.id.isupper()) or isinstance(node, ast.BinOp)


def test_nothing_below_the_optimization_tier_switches_by_size_or_machine():
    for path in SOURCES:
        if path.parts[len(PACKAGES.parts)] in ("foundation", "architectures") and path.name not in WATCHES:
            assert not list(switches(exported(path))), path.name
        assert path.name not in ("_gelu.py", "_products.py", "_threads.py", "_memory.py")


@pytest.mark.parametrize("line", ["a.size > 400_000", "x.nbytes < LIMIT", "os.cpu_count()", "math.prod(s) > 1 << 20"])
def test_a_switch_is_found(line):
    assert list(switches(ast.parse(line)))
    assert not list(switches(ast.parse("x.size == 0, x.size <= self.num_features, self.size != 1")))


def test_the_tables_are_where_the_chapters_say():
    assert importlib.import_module("tinytorch.core.tensor").kernels is kernels
    assert importlib.import_module("tinytorch.core.autograd").gradients is gradients
