# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A gradient says in which direction the loss grows. It does not say how far to go. Take a loss of two
# parameters, loss = (x² + 100 y²) / 2, which is a long narrow valley:
#
# ```
#      y
#      |     start at (1, 1)
#    1 |  . . . . . . . . . . . . o        gradient (x, 100 y) = (1, 100)
#      |  . . . . . . . . . . . . .
#    0 |  * - - - - - - - - - - - -        the floor of the valley, y = 0
#      |  . . . . . . . . . . . . .
#   -1 |__.___________._____________ x
#         0                       1
# ```
#
# A step of `lr` times the gradient multiplies x by 1 - lr, and y by 1 - 100 lr. With lr above 0.02 the second
# factor is below -1, and y jumps from one wall to the other, farther each time. With lr just below 0.02, x keeps
# 98 percent of its distance in each step and takes hundreds of steps to arrive. So the direction with the
# largest curvature limits the learning rate for all the others.
#
# Real losses are like this valley, in a hundred thousand directions. There are two remedies, and both buy speed
# with memory. *Momentum* remembers in which direction the parameter has been moving. *Adam* remembers for every
# parameter how large its gradients have been, and gives each a step size of its own. You will write both, watch
# them go down this valley, and weigh what they remember.
#
# ### What you stand on
#
# - A Tensor holds its numbers in `.data`, a NumPy array; `p.data -= ...` changes the array that the model uses.
#   `zeros_like(p)` makes a Tensor of p's shape (module 01).
# - `kernels` is the table of operations, and `@kernel("name")` enters a function in it (module 01).
# - `model.parameters()` yields the parameters of a model (module 03). After `loss.backward()` each has a
#   gradient in `.grad`, and new gradients are added to those that are there (module 05).

# %% [markdown]
# ## Build
#
# ### One step
#
# Every rule in this chapter ends in the same line: the parameter moves against some *direction*, `lr` times as
# far. In plain gradient descent the direction is the gradient.
#
# One detail decides whether the model learns anything. `p = p - lr * direction` creates a new array and lets the
# local name p refer to it. The model still holds the old array. The new numbers must go into the array that is
# there. And `direction` belongs to somebody else (it may be the gradient itself), so it must not change.

# %% solution="descend"
#| default_exp optim.optimizers
#| export
#| hint The gradient says in which direction the loss grows. Which way do you go, and how far?
#| hint The function returns nothing. Which NumPy operation writes its result into an array that already exists?
#| hint Subtract lr times direction from p in p's own memory; no new array gets the name p.
import warnings

import numpy as np

from tinytorch._writes import changed
from tinytorch.core.tensor import Tensor, as_array, kernel, kernels, zeros_like


def descend(p, direction, lr):
    """Move the array p against `direction` by `lr` times its length, in place.

    >>> p = np.array([1.0, 2.0])
    >>> descend(p, np.array([10.0, -10.0]), 0.1)
    >>> p
    array([0., 3.])
    """
    ### BEGIN SOLUTION
    p -= lr * direction
    ### END SOLUTION


# %% test="descend" points=6
from tinytorch.testing import check, check_true


def test_descend_writes_into_p():
    p, direction = np.array([1.0, 2.0, 3.0], np.float32), np.array([10.0, -10.0, 0.0], np.float32)
    descend(p, direction, 0.1)
    check(
        "p after descend(p, direction, lr), which must change p in its own memory",
        p,
        np.array([0, 3, 3], np.float32),
    )
    check(
        "direction after descend(p, direction, lr): it stays", direction, np.array([10, -10, 0], np.float32)
    )


test_descend_writes_into_p()

# %% [markdown]
# ### Momentum
#
# Give each parameter a velocity. In each step the velocity keeps a part of itself, say 0.9, and the gradient is
# added to it; the parameter follows the velocity:
#
#     velocity = momentum * velocity + gradient
#     p        = p - lr * velocity
#
# Across the valley the gradient changes its sign from step to step, and the contributions cancel. Along the
# valley it keeps its sign, and they add up to at most 1 + 0.9 + 0.81 + ... = 10 times the gradient. A direction
# that persists becomes ten times as fast, for the price of one number per parameter.
#
# The order matters: update the velocity first, then follow it. Otherwise every step follows a gradient that is
# one step old. Two options come from PyTorch. `dampening` multiplies the incoming gradient by 1 - dampening.
# `nesterov` looks one step ahead: the direction is the gradient plus momentum times the new velocity.


# %% solution="momentum"
#| export
#| hint A ball rolling downhill keeps most of its speed. Which two numbers make up its new speed?
#| hint `velocity` must be changed in its own memory, and before anything follows it. `grad` must stay as it is.
#| hint Scale the velocity, add the dampened gradient. The answer is the velocity itself, or a look ahead with both.
def momentum_direction(grad, velocity, momentum, dampening=0, nesterov=False):
    """The direction of a step with momentum; `velocity`, the decaying sum of gradients, is updated in place.

    >>> velocity = np.array([10.0])
    >>> momentum_direction(np.array([1.0]), velocity, 0.9)
    array([10.])
    """
    ### BEGIN SOLUTION
    velocity *= momentum
    velocity += (1 - dampening) * grad
    return grad + momentum * velocity if nesterov else velocity
    ### END SOLUTION


# %% test="momentum" points=14
def test_velocity_comes_first():
    velocity, grad = np.zeros(2, np.float32), np.array([1.0, -2.0], np.float32)
    first = momentum_direction(grad, velocity, 0.9).copy()
    check("the first direction: the velocity takes in the gradient before the step follows it", first, grad)
    check("velocity after it, brought up to date in its own memory", velocity, grad)
    second = momentum_direction(grad, velocity, 0.9)
    check("the second direction, momentum 0.9, the same gradient", second, np.array([1.9, -3.8], np.float32))
    check("grad afterwards: it stays", grad, np.array([1.0, -2.0], np.float32))


def test_options():
    grad = np.ones(1, np.float32)
    call = "momentum_direction(1, velocity 10, 0.5"
    check(
        f"{call}, dampening=0.2)", momentum_direction(grad, grad * 10, 0.5, 0.2), np.array([5.8], np.float32)
    )
    check(
        f"{call}, nesterov=True): grad + 0.5 * 6",
        momentum_direction(grad, grad * 10, 0.5, 0, True),
        np.array([4], np.float32),
    )
    check("grad afterwards: it stays", grad, np.ones(1, np.float32))


test_velocity_comes_first()
test_options()

# %% [markdown]
# ### Adam
#
# Momentum helps where the gradient persists. It does not change that one component of the gradient is a hundred
# times as large as another. Adam does: it divides every component by its usual size.
#
# Keep two running averages for each parameter: m, of the gradient, and v, of its square. In each step an average
# keeps the fraction beta of itself and takes the rest from the new value; beta1 = 0.9 for m, beta2 = 0.999 for v:
#
#     m = beta1 * m + (1 - beta1) * gradient
#     v = beta2 * v + (1 - beta2) * gradient²
#     direction = m / sqrt(v)
#
# If the gradient keeps its sign *and its size*, the direction is 1 or -1, whether the gradient is a million or a
# millionth. If only the sign stays, it is shorter: gradients that alternate between 1 and 9 have m near 5 and
# sqrt(v) near 6.4, a direction of 0.78. If the sign changes at random, m is small, v is not, and the step is
# short. So `lr` is now a length: about the farthest that a parameter moves in an ordinary step.
#
# One trap is left. Both averages start at zero. After the first step m is 0.1 of the gradient and v is 0.001 of its
# square, so m / sqrt(v) is 0.1 / 0.0316: three times too long, just when the model knows least. After t steps, an
# average that started at zero has collected 1 - beta^t of its weight. Divide each average by that, and the first
# direction has size 1. The corrected averages are for this step only: m and v themselves stay uncorrected.
#
# `eps` prevents a division by zero. It is added to the root, not under it.


# %% solution="adam"
#| export
#| hint Both averages start at zero. After one step, what fraction of the gradient is in m, and of its square in v?
#| hint m and v change in their own memory. The corrected averages are new arrays, and only they enter the direction.
#| hint Update m and v; divide each by 1 minus its beta to the power of step; then mean over (root plus eps).
def adam_direction(grad, m, v, step, betas=(0.9, 0.999), eps=1e-8):
    """Adam's direction: the average gradient over the root of the average squared gradient.

    m and v, the two running averages, are updated in place; `step` counts from 1.

    >>> adam_direction(np.array([5.0, -0.01]), np.zeros(2), np.zeros(2), 1).round(4)
    array([ 1., -1.])
    """
    beta1, beta2 = betas
    ### BEGIN SOLUTION
    m += (1 - beta1) * (grad - m)
    v *= beta2
    v += (1 - beta2) * grad * grad
    mean, square = m / (1 - beta1**step), v / (1 - beta2**step)
    return mean / (np.sqrt(square) + eps)
    ### END SOLUTION


# %% test="adam" points=18
def test_adam_first_direction():
    grad = np.array([5.0, -0.01], np.float32)
    m, v = np.zeros(2, np.float32), np.zeros(2, np.float32)
    first = adam_direction(grad, m, v, 1)
    check("m after the first step", m, np.array([0.5, -0.001], np.float32))
    check(
        "v after the first step: an average of squares",
        v,
        np.array([0.025, 1e-7], np.float32),
        tolerance=1e-6,
    )
    check(
        "the first direction, the averages corrected for their start at zero",
        first,
        np.array([1, -1], np.float32),
        tolerance=1e-4,
    )
    check("grad afterwards: it stays", grad, np.array([5.0, -0.01], np.float32))


def test_adam_second_direction():
    m, v = np.array([0.1], np.float32), np.array([0.001], np.float32)
    got = adam_direction(np.array([0.0], np.float32), m, v, 2)
    want = np.array([0.09 / 0.19 / np.sqrt(0.000999 / 0.001999)], np.float32)
    check(
        "the direction at step 2 (start at zero: divide by 1 - beta**2), gradients 1 and 0",
        got,
        want,
        tolerance=1e-4,
    )


def test_adam_uses_its_betas():
    m, v = np.zeros(1, np.float32), np.zeros(1, np.float32)
    adam_direction(np.array([2.0], np.float32), m, v, 1, betas=(0.5, 0.75))
    check("m after one step with betas=(0.5, 0.75) and a gradient of 2", m, np.array([1.0], np.float32))
    check("v after it", v, np.array([1.0], np.float32))


def test_eps_is_added_after_the_root():
    small = np.array([1e-4], np.float32)
    got = adam_direction(small, np.zeros(1, np.float32), np.zeros(1, np.float32), 1, eps=0.01)
    check(
        "the direction of a gradient of 0.0001 with eps=0.01, added to the root and not under it",
        got,
        np.array([1 / 101], np.float32),
    )


test_adam_first_direction()
test_adam_second_direction()
test_adam_uses_its_betas()
test_eps_is_added_after_the_root()

# %% [markdown]
# ### Four paths through the valley
#
# Your three functions are complete optimizers already. Let four rules walk 40 steps from (1, 1). Sketch the four
# paths first: which one zigzags, which one overshoots, which one goes diagonally? The background says how large the
# loss is: `.` below 1, `:` below 10, `-` above. With matplotlib you get the contour plot as well.

# %%
try:
    from matplotlib import pyplot
except ImportError:
    pyplot = None

curvature = np.array([1.0, 100.0])


def path(rule, steps=40):
    """The places that a rule visits from (1, 1); rule(place, gradient, step) changes `place`."""
    place, places = np.array([1.0, 1.0]), [(1.0, 1.0)]
    for step in range(1, steps + 1):
        rule(place, curvature * place, step)
        places.append(tuple(place))
    return places


velocity, faster, m, v = (np.zeros(2) for _ in range(4))
rules = {
    "S, gradient descent": lambda p, g, t: descend(p, g, 0.0195),
    "M, momentum": lambda p, g, t: descend(p, momentum_direction(g, velocity, 0.9), 0.003),
    "N, Nesterov momentum": lambda p, g, t: descend(p, momentum_direction(g, faster, 0.9, nesterov=True), 0.003),
    "A, Adam": lambda p, g, t: descend(p, adam_direction(g, m, v, t), 0.05),
}
paths = {name: path(rule) for name, rule in rules.items()}

for name, places in paths.items():
    rows = [["-" if y * y > 0.2 else ":" if y * y > 0.02 else "."] * 61 for y in np.linspace(1, -1, 11)]
    for x, y in places:
        rows[round(5 - 5 * np.clip(y, -1, 1))][round(25 + 35 * np.clip(x, -0.7, 1))] = name[0]
    print(f"{name}: after 40 steps at ({places[-1][0]:.3f}, {places[-1][1]:.3f})")
    print(*("".join(row) for row in rows), "", sep="\n")

if pyplot:
    axes = pyplot.figure(figsize=(8, 5)).add_subplot(xlabel="x", ylabel="y")
    x, y = np.meshgrid(np.linspace(-0.7, 1.1, 90), np.linspace(-1.1, 1.1, 90))
    axes.contour(x, y, (x * x + 100 * y * y) / 2, levels=[0.1, 0.5, 2, 10, 30, 60], colors="lightgray")
    for name, places in paths.items():
        axes.plot(*zip(*places, strict=True), marker=".", label=name)
    axes.legend()

# %% [markdown]
# Gradient descent zigzags in y and creeps in x: after 40 steps more than 40 percent of the distance in x is left.
# Momentum swings past the floor of the valley several times while it gains speed along it; Nesterov's look ahead
# damps the swings. Adam goes diagonally: both components have the same size after the division, so it does not
# notice that the valley is narrow. Its steps stay long, and it runs past the minimum.
#
# ### Weight decay
#
# Large weights are often a sign that a network has learned its training data by heart. *Weight decay* pulls every
# parameter towards zero a little in each step. The simplest form adds a penalty to the loss, weight_decay / 2 times
# the sum of p². The gradient of the penalty is weight_decay * p, so it is enough to add that to the gradient. Make a
# new array: `grad` belongs to the code that called `backward`, and may be read or added to later.


# %% solution="decay"
#| export
#| hint The penalty is weight_decay / 2 times p². What is its derivative by p?
#| hint The sum must be a new array. Which operators make one, and which write into an existing one?
#| hint The gradient plus weight_decay times p.
def decayed(grad, p, weight_decay):
    """The gradient of the loss plus `weight_decay / 2` times the sum of p's squares. `grad` itself stays.

    >>> decayed(np.array([1.0, 1.0]), np.array([10.0, -10.0]), 0.1)
    array([2., 0.])
    """
    ### BEGIN SOLUTION
    return grad + weight_decay * p if weight_decay else grad
    ### END SOLUTION


# %% test="decay" points=6
def test_decayed():
    p, grad = np.array([10.0, -10.0], np.float32), np.array([1.0, 1.0], np.float32)
    check("decayed(grad, p, 0.1)", decayed(grad, p, 0.1), np.array([2, 0], np.float32))
    check("grad after decayed(grad, p, 0.1): the gradient itself stays", grad, np.array([1, 1], np.float32))
    check("decayed(grad, p, 0)", decayed(grad, p, 0), grad)


test_decayed()

# %% [markdown]
# ### Groups, and what must be saved
#
# The parameters of an optimizer come in *groups*, so that one part of a model can have another learning rate. Two
# things describe an optimizer completely:
#
# - `param_groups`, a list of dicts, each with "params" and the options of that group;
# - `state`, a dict: for each parameter, a dict of what is remembered about it.
#
# Neither can be written to a file as it is, because a parameter is an object of the running program. Replace each
# parameter by its number: 0, 1, 2, ... in the order in which the groups list them. A parameter that is listed twice
# keeps its first number. The original dicts must not change, because the optimizer continues to use them.


# %% solution="state"
#| export
#| hint The file is read by another program. How does it know which average belongs to which parameter?
#| hint A parameter can be the key of a dict. Make the table from parameter to number first, over all groups.
#| hint Number what is not in the table yet. Then copy each group and each state, with numbers for parameters.
def numbered(param_groups, state):
    """The two as {"state": ..., "param_groups": ...}, in new dicts, with numbers for the parameters, as in PyTorch.

    >>> a, b = Tensor([1.0]), Tensor([2.0])
    >>> numbered([{"params": [a, b], "lr": 0.1}], {b: {"step": 7}})
    {'state': {1: {'step': 7}}, 'param_groups': [{'params': [0, 1], 'lr': 0.1}]}
    """
    ### BEGIN SOLUTION
    number = {}
    for group in param_groups:
        for p in group["params"]:
            number.setdefault(p, len(number))
    groups = [{**group, "params": [number[p] for p in group["params"]]} for group in param_groups]
    return {"state": {number[p]: dict(values) for p, values in state.items()}, "param_groups": groups}
    ### END SOLUTION


# %% test="state" points=4
def test_numbered():
    a, b, c = (Tensor([float(i)]) for i in range(3))
    groups = [{"params": [a, b], "lr": 0.1}, {"params": [c, c], "lr": 0.2}]
    state = {c: {"step": 2}, a: {"step": 5}}
    got = numbered(groups, state)
    check("the state, by numbers over all groups", got["state"], {2: {"step": 2}, 0: {"step": 5}})
    want = [{"params": [0, 1], "lr": 0.1}, {"params": [2, 2], "lr": 0.2}]
    check("the groups: a parameter that is listed twice has one number", got["param_groups"], want)
    got["state"][0]["step"] = got["param_groups"][0]["lr"] = 9
    check("the state of the optimizer itself, after the copy was changed", state[a], {"step": 5})
    same = groups[0]["lr"] == 0.1 and groups[0]["params"][0] is a
    check_true("the groups of the optimizer itself are as before", same)


test_numbered()

# %% [markdown]
# You may skip the next cell: it is care, not ideas. Everything is checked before anything changes, so that a refused
# call leaves no half-updated model behind.

# %%
#| export


def groups_of(params):
    """What an optimizer is given, as a list of groups: dictionaries with the key "params"."""
    if isinstance(params, Tensor):
        raise TypeError("params must be a list of Tensors or of dicts, not a Tensor: write [p]")
    params = list(params)
    if not params:
        raise ValueError("optimizer got an empty parameter list")
    return params if isinstance(params[0], dict) else [{"params": params}]


def check_params(params):
    for i, p in enumerate(params):
        if not isinstance(p, Tensor):
            raise TypeError(f"an optimizer changes Tensors, but parameter {i} is of type {type(p).__name__}")
        if p._node is not None:
            raise ValueError(f"parameter {i}, of shape {p.shape}, was computed from others (it is not a leaf)")


def check_option(name, value, low=0, high=np.inf):
    """ValueError unless low <= value < high; a value that is no number is a TypeError."""
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not low <= value < high:
        limits = f"{low} or more" if high == np.inf else f"at least {low} and below {high}"
        raise ValueError(f"invalid {name}: {value} (it must be {limits})")


class Groups:
    """Parameters in groups with options, and what an optimizer remembers about each parameter."""

    def __init__(self, params, **defaults):
        self.defaults = defaults
        self.state = {}  # parameter -> {name: Tensor or number}
        self.param_groups = []
        for group in groups_of(params):
            self.add_param_group(group)

    def add_param_group(self, group):
        """Add parameters with options of their own; for those that are missing the optimizer's defaults hold."""
        if not isinstance(group, dict) or "params" not in group:
            raise TypeError(f"a parameter group is a dict with the key 'params', not {group!r}")
        given = group["params"]
        group = {**self.defaults, **group, "params": [given] if isinstance(given, Tensor) else list(given)}
        check_params(group["params"])
        self.check_options(group)
        mine, known = set(group["params"]), {p for g in self.param_groups for p in g["params"]}
        if mine & known:
            raise ValueError("some parameters appear in more than one parameter group")
        if len(mine) < len(group["params"]):
            warnings.warn("a parameter is given twice: each step will change it twice", stacklevel=4)
        self.param_groups.append(group)

    def check_options(self, group):
        check_option("learning rate", group["lr"])
        check_option("weight_decay", group.get("weight_decay", 0))

    def with_gradients(self):
        return [p for group in self.param_groups for p in group["params"] if p.grad is not None]

    def check_gradients(self):
        """TypeError or ValueError if a gradient does not fit its parameter."""
        for p in self.with_gradients():
            if not isinstance(p.grad, Tensor):
                raise TypeError(f"a gradient must be a Tensor, not {type(p.grad).__name__}")
            if p.grad.data.shape != p.data.shape:
                raise ValueError(f"a parameter of shape {p.shape} has a gradient of shape {p.grad.shape}")

    def state_dict(self):
        """All that the next step depends on besides the parameters, which are numbered as in PyTorch."""
        return numbered(self.param_groups, self.state)

    def load_state_dict(self, saved):
        """Continue from a `state_dict()`. ValueError, and nothing changed, if it does not fit."""
        groups = [self.merged(*pair) for pair in self.paired(saved)]
        params = {}
        for old, new in zip(saved["param_groups"], groups, strict=True):
            params.update(zip(old["params"], new["params"], strict=True))
        unknown = [i for i in saved["state"] if i not in params]
        if unknown:
            raise ValueError(f"the state of parameter {unknown[0]!r} belongs to no parameter group")
        state = {params[i]: restored(i, params[i], values) for i, values in saved["state"].items()}
        self.param_groups, self.state = groups, state

    def paired(self, saved):
        """This optimizer's groups, each with the saved one that replaces it."""
        if not isinstance(saved, dict) or not {"state", "param_groups"} <= set(saved):
            raise ValueError("an optimizer's state_dict has the keys 'state' and 'param_groups'")
        mine, theirs = ([len(g["params"]) for g in groups] for groups in (self.param_groups, saved["param_groups"]))
        if mine != theirs:
            raise ValueError(f"the state_dict has groups of {theirs} parameters, this optimizer has {mine}")
        return zip(self.param_groups, saved["param_groups"], strict=True)

    def merged(self, group, saved):
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in saved.items() if k != "params"}
        self.check_options({**group, **options})
        return {**group, **options}


def restored(number, p, values):
    """A copy of the saved state of the parameter p, in p's own dtype."""
    state = {}
    for name, value in values.items():
        array = as_array(value)
        if array.shape != (() if name == "step" else p.shape):
            raise ValueError(f"{name} of parameter {number} has shape {array.shape}, the parameter {p.shape}")
        state[name] = int(array) if name == "step" else zeros_like(p)
        if name != "step":
            state[name].data[...] = array  # laid out in memory as p is
    return state


# %% [markdown]
# ### What all optimizers have in common
#
# Four short methods are yours. `zero_grad` drops the gradients. `buffer` hands out the array in which something is
# remembered about one parameter, and creates it when it is first asked for, so that an optimizer that never steps
# occupies no memory. `state_bytes` weighs what is remembered. `step` calls `update_all` for each group, with those
# parameters that have a gradient; the others are left alone, and a group without any is skipped.
#
# A subclass says in `update_all(params, group)` what happens to the parameters of a group, or in `update(p, group)`
# what happens to one.

# %% solution="optimizer"
#| export
#| hint zero_grad: is a gradient of zeros the same as no gradient?
#| hint zero_grad: which parameters does an optimizer have? Go through all of its groups.
#| hint zero_grad: two nested loops; each parameter loses its gradient.
#| hint buffer: to whom does a remembered array belong, to the optimizer or to one parameter in it?
#| hint buffer: `self.state` has a dict for each parameter. When is that dict made, and when the zeros in it?
#| hint buffer: make the parameter's dict if it is missing, then the zeros if they are missing; return their array.
#| hint state_bytes: `state` holds Tensors and counts. Which of them have bytes?
#| hint state_bytes: go through the dicts of all parameters, and through what is in each.
#| hint state_bytes: add up the nbytes of those values that are Tensors.
#| hint step: what shall happen to a parameter that has no gradient?
#| hint step: update_all is called once per group, with a list. When is it not called at all?
#| hint step: for each group, keep the parameters with a gradient; if any are left, hand them over with the group.


class Optimizer(Groups):
    """What all optimizers have in common: parameters in groups, state for each parameter, and the loop of `step`.

    A subclass defines `update(p, group)`, which changes one parameter, or `update_all(params, group)`, which
    changes all those of a group that have a gradient. It adds to `check_options(group)`.
    ValueError for no parameters, TypeError for what is not a Tensor.

    >>> class BySign(Optimizer):
    ...     def update(self, p, group):
    ...         descend(p.data, np.sign(p.grad.data), group["lr"])
    >>> w = Tensor([1.0, 1.0])
    >>> w.grad = Tensor([5.0, -0.001])
    >>> BySign([w], lr=0.1).step()
    >>> w
    Tensor([0.9, 1.1])
    """

    def zero_grad(self, set_to_none=True):
        """Set every `grad` to None, which is cheaper than filling it with zeros (set_to_none=False)."""
        if not set_to_none:
            for p in self.with_gradients():
                p.grad = zeros_like(p)
            return
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None
        ### END SOLUTION

    def buffer(self, p, name):
        """The array in which `name` is remembered for the parameter p: zeros at first, then the same one.

        It is made when it is first asked for, not before.
        """
        ### BEGIN SOLUTION
        state = self.state.setdefault(p, {})
        if name not in state:
            state[name] = zeros_like(p)
        return state[name].data
        ### END SOLUTION

    def state_bytes(self):
        """The bytes of all arrays that the optimizer remembers."""
        ### BEGIN SOLUTION
        values = [value for state in self.state.values() for value in state.values()]
        return sum(value.nbytes for value in values if isinstance(value, Tensor))
        ### END SOLUTION

    def step(self):
        """Change every parameter that has a gradient. The gradients stay as they are."""
        self.check_gradients()
        with np.errstate(all="ignore"):  # inf and nan go through silently, as in PyTorch
            ### BEGIN SOLUTION
            for group in self.param_groups:
                params = [p for p in group["params"] if p.grad is not None]
                if params:
                    self.update_all(params, group)
            ### END SOLUTION
        for p in self.with_gradients():
            changed(p.data)

    def update_all(self, params, group):
        """Change these parameters of one group."""
        for p in params:
            self.update(p, group)


# %% test="optimizer" points=14
def two_parameters():
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones(4), requires_grad=True)
    return a, b, Optimizer([a, b], lr=0.1)


def test_zero_grad_drops():
    a, b, optimizer = two_parameters()
    a.grad = Tensor(np.ones((2, 3)))
    optimizer.zero_grad()
    check("a.grad after zero_grad(): dropped, not filled with zeros", a.grad, None)
    check("b.grad after zero_grad()", b.grad, None)


def test_zero_grad_reaches_every_group():
    a, b = Tensor(np.ones(2)), Tensor(np.ones(2))
    a.grad, b.grad = Tensor(np.ones(2)), Tensor(np.ones(2))
    Optimizer([{"params": [a]}, {"params": [b]}], lr=0.1).zero_grad()
    check("(a.grad, b.grad) after zero_grad(), where b is in the second group", (a.grad, b.grad), (None, None))


def test_buffer_belongs_to_one_parameter():
    a, b, optimizer = two_parameters()
    check(
        "optimizer.buffer(a, 'speed'), at first", optimizer.buffer(a, "speed"), np.zeros((2, 3), np.float32)
    )
    check("how many parameters have a state after buffer(a, ...)", len(optimizer.state), 1)
    check(
        "optimizer.buffer(b, 'speed'): each parameter has its own",
        optimizer.buffer(b, "speed"),
        np.zeros(4, np.float32),
    )
    optimizer.buffer(a, "speed")[...] = 7
    check(
        "optimizer.buffer(a, 'speed'), after 7 was written into it: it is remembered",
        optimizer.buffer(a, "speed"),
        np.full((2, 3), 7, np.float32),
    )
    check("optimizer.buffer(a, 'other')", optimizer.buffer(a, "other"), np.zeros((2, 3), np.float32))
    check_true("two parameters of one shape do not share their state", not np.shares_memory(*twins()))


def twins():
    a, b = Tensor(np.ones(4)), Tensor(np.ones(4))
    optimizer = Optimizer([a, b], lr=0.1)
    return optimizer.buffer(a, "speed"), optimizer.buffer(b, "speed")


def test_state_bytes():
    a, b, optimizer = two_parameters()
    check("state_bytes() before anything was asked for", optimizer.state_bytes(), 0)
    optimizer.state[a] = {"speed": Tensor(np.zeros((2, 3)))}
    check("state_bytes() with one array of shape (2, 3), 4 bytes a number", optimizer.state_bytes(), 24)
    optimizer.state[b] = {"speed": Tensor(np.zeros(4)), "other": Tensor(np.zeros(4)), "step": 12}
    check("state_bytes() with two more of shape (4,), and a count of steps", optimizer.state_bytes(), 56)


class Noting(Optimizer):
    """An optimizer that only notes what `step` asks it for."""

    def update_all(self, params, group):
        self.noted = [*getattr(self, "noted", []), ([p.shape for p in params], group["lr"])]


def test_step_goes_by_groups():
    a, b, c, d = (Tensor(np.ones(n)) for n in (1, 2, 3, 4))
    optimizer = Noting([{"params": [a, b]}, {"params": [c], "lr": 0.5}, {"params": [d]}], lr=0.1)
    a.grad, c.grad = Tensor(np.ones(1)), Tensor(np.ones(3))
    optimizer.step()
    want = [([(1,)], 0.1), ([(3,)], 0.5)]
    check("shapes and lr in the calls of update_all: only those with a gradient", optimizer.noted, want)


test_zero_grad_drops()
test_zero_grad_reaches_every_group()
test_buffer_belongs_to_one_parameter()
test_state_bytes()
test_step_goes_by_groups()

# %% [markdown]
# ### SGD
#
# The update itself is an operation like any other: a kernel on arrays, in the table of module 01. So it can be
# watched, timed and replaced like everything else. It gets *lists* of arrays, with one entry for each parameter of
# the group, and changes the parameters in place. Put your functions together: decay, then momentum if there is
# any, then the step.


# %% solution="sgd"
#| export
#| hint In which order: the decay, the velocity, the step? Which of the three may be missing?
#| hint The four lists belong together, entry by entry. Without momentum, an entry of `velocities` is None.
#| hint For each parameter: direction from decayed; with a momentum, from momentum_direction of that; then descend.
@kernel("sgd_step")
def sgd_step(params, grads, velocities, dampening, lr, momentum, weight_decay, nesterov):
    """SGD on lists of arrays: `params` change in place, and with a momentum `velocities` too."""
    ### BEGIN SOLUTION
    for p, grad, velocity, damped in zip(params, grads, velocities, dampening, strict=True):
        direction = decayed(grad, p, weight_decay)
        if momentum:
            direction = momentum_direction(direction, velocity, momentum, damped, nesterov)
        descend(p, direction, lr)
    ### END SOLUTION


class SGD(Optimizer):
    """Stochastic gradient descent, as `torch.optim.SGD`.

    params: Tensors, or dicts {"params": [...], "lr": ...}. ValueError for a negative lr, momentum or
    weight_decay, and for nesterov without momentum or with dampening.

    >>> w = Tensor([1.0])
    >>> w.grad = Tensor([2.0])
    >>> SGD([w], lr=0.1).step()
    >>> w
    Tensor([0.8])
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        inertia = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov}
        super().__init__(params, lr=lr, weight_decay=weight_decay, **inertia)

    def check_options(self, group):
        super().check_options(group)
        check_option("momentum", group["momentum"])
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                "nesterov needs a momentum and no dampening, "
                f"not momentum={group['momentum']}, dampening={group['dampening']}"
            )

    def update_all(self, params, group):
        momentum = group["momentum"]
        # the first gradient of a parameter counts in full
        dampening = [group["dampening"] if p in self.state else 0 for p in params]
        velocities = [self.buffer(p, "momentum_buffer") for p in params] if momentum else [None] * len(params)
        options = {name: group[name] for name in ("lr", "momentum", "weight_decay", "nesterov")}
        kernels["sgd_step"](*data_and_gradients(params), velocities, dampening, **options)


def data_and_gradients(params):
    """The arrays of the parameters, and those of their gradients: two lists."""
    return [p.data for p in params], [p.grad.data for p in params]


# %% test="sgd" points=10
def walk(make, steps=6):
    """Where [1, -2, 3] has come to after some steps with gradients that are known."""
    w = Tensor([1.0, -2.0, 3.0], requires_grad=True)
    optimizer = make([w])
    for t in range(1, steps + 1):
        w.grad = Tensor([0.5 * t, -1.0, 2.0 / t])
        optimizer.step()
    return w.data


def test_sgd_walks_as_in_pytorch():
    for options, place in [
        ({}, [-0.05, -1.4, 2.51]),
        ({"weight_decay": 0.5}, [-0.231654, -0.940367, 1.795452]),
        ({"momentum": 0.9}, [-1.476639, -0.217031, 1.179272]),
        ({"momentum": 0.9, "dampening": 0.5}, [-0.35546, -0.874236, 1.621077]),
        ({"momentum": 0.9, "nesterov": True, "weight_decay": 0.5}, [-2.565166, 1.340493, -0.947375]),
    ]:
        got = walk(lambda params: SGD(params, lr=0.1, **options))  # noqa: B023
        check(f"w after 6 steps of SGD(lr=0.1, {options})", got, np.array(place, np.float32))


def test_sgd_changes_every_parameter():
    a, b = np.ones(2, np.float32), np.ones(3, np.float32)
    speed = [np.zeros(2, np.float32), np.zeros(3, np.float32)]
    sgd_step([a, b], [a.copy(), 2 * b], speed, [0, 0], lr=0.1, momentum=0.9, weight_decay=0, nesterov=False)
    check("the second of two arrays after sgd_step", b, np.full(3, 0.8, np.float32))
    check("its velocity", speed[1], np.full(3, 2, np.float32))


test_sgd_walks_as_in_pytorch()
test_sgd_changes_every_parameter()

# %% [markdown]
# ### Adam, the class
#
# Adam remembers three things for each parameter: the two averages, under PyTorch's names "exp_avg" and "exp_avg_sq",
# and under "step" the number of its steps, a plain integer in `self.state[p]`. Each parameter counts for itself: one
# that had no gradient until today takes its first step today, and its averages need the correction of a first step.
#
# `adam_step` is the operation, `update_all` collects its lists `ms`, `vs` and `steps`. Weight decay is added to the
# gradient, as in SGD.


# %% solution="adam-step"
#| export
#| hint adam_step: which three of your functions does it need, and in which order?
#| hint adam_step: the five lists belong together, entry by entry. What enters the averages: the decayed gradient?
#| hint adam_step: for each parameter, descend along the adam_direction of its decayed gradient.
#| hint Adam.update_all: a parameter gets its first gradient in step 100 of the run. What is its step number?
#| hint Adam.update_all: `buffer` makes the state of p. Then there is a dict in which its count can be kept.
#| hint Adam.update_all: two lists of buffers, then a list of counts: one more than what is there, or 1.
@kernel("adam_step")
def adam_step(params, grads, ms, vs, steps, lr, betas, eps, weight_decay):
    """Adam on lists of arrays: `params` and both averages change in place. Weight decay is added to the gradient."""
    ### BEGIN SOLUTION
    for p, grad, m, v, step in zip(params, grads, ms, vs, steps, strict=True):
        direction = adam_direction(decayed(grad, p, weight_decay), m, v, step, betas, eps)
        descend(p, direction, lr)
    ### END SOLUTION


class Adam(Optimizer):
    """Adam, as `torch.optim.Adam`: two numbers of state for each parameter.

    ValueError for a negative lr, eps or weight_decay, and for a beta that is not in 0 <= beta < 1.

    >>> w = Tensor([1.0])
    >>> w.grad = Tensor([123.0])
    >>> Adam([w], lr=0.1).step()
    >>> w
    Tensor([0.9])
    """

    operation = "adam_step"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check_options(self, group):
        super().check_options(group)
        check_option("eps", group["eps"])
        for i in range(2):
            check_option(f"beta at index {i}", group["betas"][i], high=1)

    def update_all(self, params, group):
        options = {name: group[name] for name in ("lr", "betas", "eps", "weight_decay")}
        ### BEGIN SOLUTION
        ms = [self.buffer(p, "exp_avg") for p in params]
        vs = [self.buffer(p, "exp_avg_sq") for p in params]
        for p in params:
            self.state[p]["step"] = self.state[p].get("step", 0) + 1
        steps = [self.state[p]["step"] for p in params]
        ### END SOLUTION
        kernels[self.operation](*data_and_gradients(params), ms, vs, steps, **options)


# %% test="adam-step" points=8
def test_adam_walks_as_in_pytorch():
    for options, place in [
        ({}, [0.417274, -1.4, 2.486556]),
        ({"weight_decay": 0.5}, [0.403013, -1.402174, 2.428123]),
        ({"betas": (0.5, 0.9), "eps": 0.1}, [0.388222, -1.454545, 2.604314]),
    ]:
        got = walk(lambda params: Adam(params, lr=0.1, **options))  # noqa: B023
        check(f"w after 6 steps of Adam(lr=0.1, {options})", got, np.array(place, np.float32))


def test_adam_changes_every_parameter():
    a, b = np.ones(2, np.float32), np.ones(3, np.float32)
    ms, vs = ([np.zeros(n, np.float32) for n in (2, 3)] for _ in range(2))
    adam_step([a, b], [a.copy(), 2 * b], ms, vs, [1, 1], lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0)
    check("the second of two arrays after adam_step", b, np.full(3, 0.9, np.float32), 1e-4)
    check("its average gradient", ms[1], np.full(3, 0.2, np.float32))


def test_every_parameter_counts_its_own_steps():
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimizer = Adam([a, b], lr=0.1)
    for _ in range(2):
        a.grad = Tensor([1.0])
        optimizer.step()
    b.grad = Tensor([1.0])
    optimizer.step()
    check("the counts of a, with three steps, and of b, with one", [optimizer.state[p]["step"] for p in (a, b)], [3, 1])
    check("what is remembered about a", sorted(optimizer.state[a]), ["exp_avg", "exp_avg_sq", "step"])
    check("b after its first step, of length lr", b, Tensor([0.9]))


test_adam_walks_as_in_pytorch()
test_adam_changes_every_parameter()
test_every_parameter_counts_its_own_steps()

# %% [markdown]
# ### AdamW
#
# In SGD, weight decay means that each weight shrinks in proportion to its size. In Adam it means something else,
# because the sum of gradient and decay is divided by the root of v. A weight with large gradients hardly shrinks. A
# weight whose gradient is always zero moves by a whole `lr` towards zero, whatever its size.
#
# AdamW takes the decay out of the gradient and applies it to the parameter directly: p shrinks by lr * weight_decay
# times itself. The step of Adam that follows knows nothing about it.


# %% solution="adamw"
#| export
#| hint In Adam the decay is divided by the root of v, like the gradient. Where must it go to escape that?
#| hint Shrink each parameter in its own memory, by a factor made of lr and weight_decay. Then a step of Adam follows.
#| hint The factor is 1 minus the product of the two. The step that follows must have a weight_decay of 0.
@kernel("adamw_step")
def adamw_step(params, grads, ms, vs, steps, lr, betas, eps, weight_decay):
    """Each array of `params` shrunk in place; then Adam without weight decay, on lists of arrays."""
    ### BEGIN SOLUTION
    for p in params:
        p *= 1 - lr * weight_decay
    adam_step(params, grads, ms, vs, steps, lr, betas, eps, weight_decay=0)
    ### END SOLUTION


class AdamW(Adam):
    """Adam with weight decay that does not pass through the averages, as `torch.optim.AdamW`.

    >>> w = Tensor([1.0])
    >>> w.grad = Tensor([0.0])
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w
    Tensor([0.95])
    """

    operation = "adamw_step"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)


# %% test="adamw" points=10
def test_adamw_shrinks_the_parameter_itself():
    w = Tensor([1.0, 100.0], requires_grad=True)
    optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    w.grad = Tensor([0.0, 0.0])
    optimizer.step()
    check("w after AdamW(lr=0.1, weight_decay=0.5).step() with gradients of 0: 5 % less", w, Tensor([0.95, 95.0]))
    m = optimizer.buffer(w, "exp_avg")
    check("exp_avg of AdamW: the decay does not pass through the averages", m, np.zeros(2, np.float32))


def test_adamw_walks_as_in_pytorch():
    for options, place in [
        ({}, [0.412749, -1.389528, 2.469975]),
        ({"weight_decay": 0.5}, [0.220755, -0.940367, 1.756079]),
    ]:
        got = walk(lambda params: AdamW(params, lr=0.1, **options))  # noqa: B023
        check(f"w after 6 steps of AdamW(lr=0.1, {options})", got, np.array(place, np.float32))


test_adamw_shrinks_the_parameter_itself()
test_adamw_walks_as_in_pytorch()

# %% [markdown]
# ## Use
#
# First the valley again, now with the classes and with autograd: how many steps until the loss is below 0.0001?
# Guess the order of the four before you run the cell.

# %%
from tinytorch.core.tensor import manual_seed, ones_like, peak_memory, rng, seconds


def steps_down(make, limit=1000):
    """Steps from (1, 1) until (x * x + 100 * y * y) / 2 is below 0.0001."""
    place = Tensor([1.0, 1.0], requires_grad=True)
    optimizer = make([place])
    for step in range(limit):
        loss = (Tensor(curvature) * place * place).sum() / 2
        if loss.item() < 1e-4:
            return step
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return limit


needed = {
    "SGD, lr 0.0202": steps_down(lambda p: SGD(p, lr=0.0202)),
    "SGD, lr 0.019": steps_down(lambda p: SGD(p, lr=0.019)),
    "momentum 0.9, lr 0.03": steps_down(lambda p: SGD(p, lr=0.03, momentum=0.9)),
    "Adam, lr 0.03": steps_down(lambda p: Adam(p, lr=0.03)),
}
for name, steps in needed.items():
    print(f"{name:24s}", f"{steps:4d} steps" if steps < 1000 else "never arrives")
counts = list(needed.values())
assert counts[0] == 1000 > counts[1] > 2 * counts[2] > 2 * counts[3]

# %% [markdown]
# Now digits: one network, the same start and the same order of the images for all four, two epochs of 4,000 images
# in batches of 64.

# %%
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss

digits, unseen, loss_of = TinyDigits(train=True), TinyDigits(train=False), CrossEntropyLoss()
images, new = (Tensor(d.images).reshape(len(d), 784) / 255 for d in (digits, unseen))


def trained(make):
    manual_seed(0)
    model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    optimizer = make(model.parameters())
    for rows in np.concatenate([rng.permutation(4000), rng.permutation(4000)]).reshape(-1, 64):
        optimizer.zero_grad()
        loss_of(model(images[rows]), digits.labels[rows]).backward()
        optimizer.step()
    return model, optimizer


made = {
    "SGD, lr 0.1": lambda p: SGD(p, lr=0.1),
    "momentum 0.9, lr 0.1": lambda p: SGD(p, lr=0.1, momentum=0.9),
    "Adam, lr 0.001": lambda p: Adam(p, lr=0.001),
    "AdamW, lr 0.001": lambda p: AdamW(p, lr=0.001),
}
runs = {name: trained(make) for name, make in made.items()}
for name, (model, optimizer) in runs.items():
    right = (model(new).argmax(dim=1).numpy() == unseen.labels).mean()
    loss = loss_of(model(images), digits.labels).item()
    print(f"{name:24s} loss {loss:.3f}  {right:.1%} right  state {optimizer.state_bytes():9,} bytes")
    assert right > 0.8

# %% [markdown]
# ## Measure
#
# **State.** The network has 784 * 128 + 128 + 128 * 10 + 10 = 101,770 parameters of 4 bytes. The table above has
# the bytes that each optimizer remembers. Before you look again, write down the factor for each of the four: how many
# numbers of state per parameter? And for a model of 175 billion parameters that is trained with Adam: how much do
# weights, gradients and both averages take?

# %%
parameters = sum(p.nbytes for p in runs["SGD, lr 0.1"][0].parameters())
factors = [optimizer.state_bytes() / parameters for _, optimizer in runs.values()]
print(f"{parameters:,} bytes of parameters; state, in multiples of it: {factors}")
print(f"175 billion parameters with Adam: {175e9 * 4 * (1 + 1 + 2) / 1e12:.1f} TB before the first activation")
assert (parameters, factors) == (407_080, [0, 1, 2, 2])

# %% [markdown]
# **Memory during a step.** That was arithmetic on shapes. Does the memory really behave like that? Take one weight
# of 16.8 MB and one step of each. The peak counts everything that the step has in use at once besides the weight and
# its gradient: the state, and each array that your formulas create on the way, such as `lr * direction`. Predict the
# four, in multiples of the weight. The last row is gradient descent with `p = p - ...`.


# %%
def one_weight():
    w = Tensor(np.ones((2048, 2048)), requires_grad=True)
    w.grad = Tensor(np.ones((2048, 2048)))
    return w


def careless(w):
    w.data = w.data - 0.1 * w.grad.data


big, peaks = one_weight(), {}
for name, make in made.items():
    peaks[name] = peak_memory(make([big]).step)
peaks["p = p - lr * grad"] = peak_memory(lambda: careless(big))
for name, peak in peaks.items():
    print(f"{name:24s} peak {peak / 1e6:5.1f} MB, {peak / big.nbytes:.2f} times the weight")
multiples = [round(peak / big.nbytes) for peak in peaks.values()]
assert multiples == [1, 2, 6, 6, 2]

# %% [markdown]
# Did Adam surprise you? Two of the six are its state. The others are the corrected averages, the root and the
# quotient, all alive in one line. Nothing of that is necessary, as the arithmetic could be done in place; whether
# that is worth the trouble depends on how large the largest single parameter is.
#
# **Time.** SGD reads two numbers per parameter and writes one. Adam reads four and writes three, and computes a root
# and three divisions. How many times longer will its step take?

# %%
for name, (model, optimizer) in runs.items():
    for p in model.parameters():
        p.grad = ones_like(p)
    time = seconds(optimizer.step, 200)
    print(f"{name:24s} {time * 1e6:4.0f} us a step, {time / 101_770 * 1e9:.2f} ns a parameter")

# %% [markdown] reflect="memory" points=4
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. What fits.** A machine has 16 GB. Ignore the activations. How many parameters can a model have that is trained
# with plain SGD, with momentum, with Adam? Name two of the arrays that could be dropped, shared or made smaller, and
# say at what price.
#
# ### BEGIN SOLUTION
# Rubric: 8, 12 and 16 bytes a parameter; 2.0, 1.33 and 1.0 billion parameters (2 points). Two savings with their
# price, one point each (2 points).
# Model answer: weight and gradient take 8 bytes, a velocity 4 more, m and v 8 more: 16 GB / 8 = 2.0 billion,
# 16 / 12 = 1.33 billion, 16 / 16 = 1.0 billion. A gradient can be applied and dropped as soon as it is complete, if
# nothing needs all of them at once (clipping by the common norm does). The averages can be kept in 8 bits, or one v
# for each row and column of a matrix, at the price of less exact steps.
# ### END SOLUTION

# %% [markdown] reflect="scale" points=3
# **2. A loss times a thousand.** Somebody multiplies the loss by 1,000. What happens to a step of SGD, of SGD with
# momentum, of Adam? What does Adam's answer mean for choosing `lr`, and when does `eps` spoil it? Try it.
#
# ### BEGIN SOLUTION
# Rubric: SGD's steps are 1,000 times as long, with momentum too (1 point). Adam's stay the same (1 point). lr can be
# chosen without knowing the scale of the loss, as long as gradients are far above eps (1 point).
# Model answer: SGD's direction contains the gradient once, so its steps are 1,000 times as long; the velocity is a
# sum of gradients, so the same holds. m and the root of v both grow by 1,000 and the quotient stays. So lr is a
# length, independent of the scale of the loss, unless gradients are near eps = 1e-8: then eps dominates the
# denominator, and the steps shrink with the gradient.
# ### END SOLUTION

# %% [markdown] reflect="resume" points=3
# **3. A stopped run.** A run with Adam stops. Only the weights were saved, and it continues with a new Adam. What
# happens in the first steps? Which two things were lost, and what does the correction by 1 - beta^step save you from?
#
# ### BEGIN SOLUTION
# Rubric: m and v were lost, and the count of steps (1 point). The first step has length lr in every component,
# whatever the size of the gradient (1 point). The correction keeps the first steps from being three times too long,
# but v of one batch is noisy (1 point).
# Model answer: averages and step count start anew. The first direction is +-1 in every component, so parameters with
# tiny, noisy gradients move as far as all others, and the loss jumps up. The correction only prevents the factor
# (1 - beta1) / sqrt(1 - beta2), about 3, of averages that started at zero.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# The names, the options and the values are the same, and so is the form of `state_dict()`, down to `exp_avg` and
# `exp_avg_sq`. There are three differences. PyTorch has several implementations of each optimizer: one parameter at
# a time, many at once, or fused into one pass over the memory. It counts Adam's steps in a tensor, so that the
# count can live on a GPU. And if you load a state of another shape, it complains at the next step; ours complains
# at once.
#
# ## Today
#
# Most large models are trained with AdamW, whose two averages take twice the memory of the weights, often more than
# anything else. Much work goes into making them smaller: averages in 8 bits, one v for each row and column of a
# matrix (Adafactor), or the state split over many machines, each of which updates its own part (ZeRO). Each of these
# starts from the count that you made above. Newer rules such as Muon treat a weight as a matrix rather than as a
# list of numbers, and need one buffer instead of two.
#
# Further reading:
#
# - Boris Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964: momentum.
# - Ilya Sutskever et al., *On the importance of initialization and momentum in deep learning*, 2013.
# - Diederik Kingma, Jimmy Ba, *Adam: a method for stochastic optimization*, 2015.
# - Ilya Loshchilov, Frank Hutter, *Decoupled weight decay regularization*, 2019: AdamW.
# - Gabriel Goh, *Why momentum really works*, distill.pub, 2017: valleys to play with.
