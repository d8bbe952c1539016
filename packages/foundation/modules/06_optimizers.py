# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A gradient says which way is up, at the place where you stand. It does not say how far the slope
# goes on. Take a valley with two directions, one a hundred times as steep as the other: loss = (x *
# x + 100 * y * y) / 2. A step of `lr` times the gradient multiplies x by 1 - lr, and y by 1 - 100 *
# lr. With lr above 0.02 the second factor is below -1, and y jumps from wall to wall, higher each
# time. With lr just below it, x keeps 98 percent of its distance at every step and takes hundreds
# of steps to arrive. The steepest direction sets the speed limit for all the others.
#
# Real losses are like this valley, in a hundred thousand directions. There are two ways out, and
# both buy speed with memory. One remembers where it has been going: *momentum*. The other
# remembers, for every parameter, how large its gradients have been, and gives each a step length of
# its own: *Adam*. This module builds both, takes them apart, and weighs them.

# %% [markdown]
# ## Build
#
# ### One step
#
# Everything below ends in the same line: the parameter moves against some *direction*, `lr` times
# as far. For plain gradient descent the direction is the gradient.
#
# How the line is written matters. `p = p - lr * direction` makes a new array and gives it the name
# p; the model still holds the old one, and never learns. `p -= ...` writes into the memory that the
# model holds.
#
# *Weight decay* pulls every parameter towards zero a little, so that none grows without a reason.
# The simplest form adds a penalty to the loss, half of `weight_decay` times the square of each
# parameter. Its gradient is `weight_decay * p`. Do not add it into `grad` itself: the gradient
# belongs to whoever called `backward`, and may be read or added to later.

# %% solution="descend"
#| default_exp optim.optimizers
#| export
#| hint The gradient says in which direction the loss grows. Which way do you go, and how far?
#| hint Both work on arrays: `decayed` makes a new one, `descend` changes p itself and returns nothing.
#| hint return grad + weight_decay * p, and p -= lr * direction; p = p - ... would leave p as it was.
import warnings

import numpy as np

from tinytorch._writes import changed
from tinytorch.core.tensor import Tensor, as_array, kernel, kernels, zeros_like


def decayed(grad, p, weight_decay):
    """The gradient of the loss plus `weight_decay / 2` times the sum of p's squares. `grad` itself stays.

    >>> decayed(np.array([1.0, 1.0]), np.array([10.0, -10.0]), 0.1)
    array([2., 0.])
    """
    ### BEGIN SOLUTION
    return grad + weight_decay * p if weight_decay else grad
    ### END SOLUTION


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


# %% test="descend" points=10
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


def test_decayed():
    p, grad = np.array([10.0, -10.0], np.float32), np.array([1.0, 1.0], np.float32)
    check("decayed(grad, p, 0.1)", decayed(grad, p, 0.1), np.array([2, 0], np.float32))
    check("grad after decayed(grad, p, 0.1): the gradient itself stays", grad, np.array([1, 1], np.float32))
    check("decayed(grad, p, 0)", decayed(grad, p, 0), grad)


test_descend_writes_into_p()
test_decayed()

# %% [markdown]
# ### What all optimizers share
#
# An optimizer holds parameters, in *groups* that may have options of their own, and a *state*: for
# each parameter, whatever has to be remembered from one step to the next. `step` is one loop; a
# subclass says in `update` what happens to one parameter. Read the class from top to bottom. Much
# of it is care: everything is looked at before anything is changed, so that a refused call leaves
# no half-updated model behind.
#
# You write three short methods. `buffer` hands out the state, and makes it when it is first asked
# for: an optimizer that never steps occupies nothing. `zero_grad` drops the gradients.
# `state_bytes` is this module's scale.
#
# The update itself is an operation like any other: a kernel on arrays, in the table of module 01. It gets
# *lists* of arrays, all parameters of a group at once, and changes them in place. So it can be watched, timed
# and replaced at the same door as everything else.

# %% solution="optimizer"
#| export
#| hint Who owns the numbers that an optimizer remembers: the optimizer, or each parameter in it?
#| hint `self.state[p]` is the dictionary of one parameter; make it, and its zeros, when first asked for.
#| hint state = self.state.setdefault(p, {}); without the name, state[name] = zeros_like(p); its .data.
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
            raise ValueError(
                f"parameter {i}, of shape {p.shape}, was computed from others (it is not a leaf)"
            )


def check_option(name, value, low=0, high=np.inf):
    """ValueError unless low <= value < high; a value that is no number is a TypeError."""
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not low <= value < high:
        limits = f"{low} or more" if high == np.inf else f"at least {low} and below {high}"
        raise ValueError(f"invalid {name}: {value} (it must be {limits})")


class Optimizer:
    """What all optimizers share: parameters in groups, state for each parameter, and the loop of `step`.

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

    def __init__(self, params, **defaults):
        self.defaults = defaults
        self.state = {}  # parameter -> {name: Tensor or number}
        self.param_groups = []
        for group in groups_of(params):
            self.add_param_group(group)

    def add_param_group(self, group):
        """Add parameters with options of their own; for what is not given the optimizer's defaults hold."""
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

    def zero_grad(self, set_to_none=True):
        """Set every `grad` to None, which is cheaper than filling it with zeros (set_to_none=False)."""
        if not set_to_none:
            for p, _ in self.ready():
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

    def ready(self):
        """Each parameter that has a gradient, with its group; an error before anything has changed."""
        found = [(p, group) for group in self.param_groups for p in group["params"] if p.grad is not None]
        for p, _ in found:
            grad = p.grad
            if not isinstance(grad, Tensor):
                raise TypeError(f"a gradient must be a Tensor, not {type(grad).__name__}")
            if grad.data.shape != p.data.shape:
                raise ValueError(f"a parameter of shape {p.shape} has a gradient of shape {p.grad.shape}")
        return found

    def step(self):
        """Change every parameter that has a gradient. The gradients stay as they are."""
        ready = self.ready()
        with np.errstate(all="ignore"):  # inf and nan go through silently, as in PyTorch
            for group in self.param_groups:
                params = [p for p, own in ready if own is group]
                if params:
                    self.update_all(params, group)
        for p, _ in ready:
            changed(p.data)

    def update_all(self, params, group):
        """Change these parameters of one group."""
        for p in params:
            self.update(p, group)

    def state_dict(self):
        """All that the next step depends on besides the parameters, which are numbered as in PyTorch."""
        number = {}
        for group in self.param_groups:
            for p in group["params"]:
                number.setdefault(p, len(number))
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {number[p]: dict(state) for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, saved):
        """Go on from a `state_dict()`. ValueError, and nothing changed, if it does not fit."""
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
        """This optimizer's groups, each with the saved one that is to take its place."""
        if not isinstance(saved, dict) or not {"state", "param_groups"} <= set(saved):
            raise ValueError("an optimizer's state_dict has the keys 'state' and 'param_groups'")
        mine, theirs = (
            [len(g["params"]) for g in groups] for groups in (self.param_groups, saved["param_groups"])
        )
        if mine != theirs:
            raise ValueError(f"the state_dict has groups of {theirs} parameters, this optimizer has {mine}")
        return zip(self.param_groups, saved["param_groups"], strict=True)

    def merged(self, group, saved):
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in saved.items() if k != "params"}
        self.check_options({**group, **options})
        return {**group, **options}


def restored(number, p, values):
    """A copy of the saved state of the parameter p, in p's own type."""
    state = {}
    for name, value in values.items():
        array = as_array(value)
        if array.shape != (() if name == "step" else p.shape):
            raise ValueError(f"{name} of parameter {number} has shape {array.shape}, the parameter {p.shape}")
        state[name] = int(array) if name == "step" else zeros_like(p)
        if name != "step":
            state[name].data[...] = array  # laid out in memory as p is
    return state


# %% test="optimizer" points=20
def two_parameters():
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones(4), requires_grad=True)
    return a, b, Optimizer([a, b], lr=0.1)


def test_zero_grad_drops():
    a, b, optimizer = two_parameters()
    a.grad = Tensor(np.ones((2, 3)))
    optimizer.zero_grad()
    check("a.grad after zero_grad(): dropped, not filled with zeros", a.grad, None)
    check("b.grad after zero_grad()", b.grad, None)


def test_buffer_belongs_to_one_parameter():
    a, b, optimizer = two_parameters()
    check(
        "optimizer.buffer(a, 'speed'), at first", optimizer.buffer(a, "speed"), np.zeros((2, 3), np.float32)
    )
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
    optimizer.buffer(a, "speed")
    check("state_bytes() with one buffer of shape (2, 3), 4 bytes a number", optimizer.state_bytes(), 24)
    optimizer.buffer(b, "speed"), optimizer.buffer(b, "other")
    optimizer.state[b]["step"] = 12
    check("state_bytes() with two more of shape (4,), and a count of steps", optimizer.state_bytes(), 56)


test_zero_grad_drops()
test_buffer_belongs_to_one_parameter()
test_state_bytes()

# %% [markdown]
# ### Momentum
#
# Give the parameter a velocity. Every step the velocity keeps a part of itself, say 0.9, and the
# gradient is added; the parameter follows the velocity. From wall to wall the gradient changes its
# sign, and the contributions cancel. Along the valley it keeps its sign, and they add up: 1 + 0.9 +
# 0.81 + ... = 10. A direction that persists becomes ten times as fast, for the price of one number
# for each parameter.
#
# The order matters: first the velocity takes in the new gradient, then the parameter moves. Done
# the other way round, every step follows a gradient that is one step old.
#
# Two options come from PyTorch. `dampening` weakens the incoming gradient. `nesterov` looks ahead:
# the step follows the gradient plus the velocity that will be left of this one at the next step.


# %% solution="momentum"
#| export
#| hint A ball that rolls downhill keeps most of its speed. Which two numbers make its new speed?
#| hint Change velocity first, in its own memory; then decide what the step follows.
#| hint velocity *= momentum, then += (1 - dampening) * grad; nesterov: grad + momentum * velocity.
def momentum_direction(grad, velocity, momentum, dampening=0, nesterov=False):
    """The direction of a step with momentum; `velocity`, the fading sum of gradients, is updated in place.

    >>> velocity = np.array([10.0])
    >>> momentum_direction(np.array([1.0]), velocity, 0.9)
    array([10.])
    """
    ### BEGIN SOLUTION
    velocity *= momentum
    velocity += (1 - dampening) * grad
    return grad + momentum * velocity if nesterov else velocity
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


@kernel("sgd_step")
def sgd_step(params, grads, velocities, dampening, lr, momentum, weight_decay, nesterov):
    """SGD on lists of arrays: `params` change in place, and with a momentum `velocities` too."""
    for p, grad, velocity, damped in zip(params, grads, velocities, dampening, strict=True):
        direction = decayed(grad, p, weight_decay)
        if momentum:
            direction = momentum_direction(direction, velocity, momentum, damped, nesterov)
        descend(p, direction, lr)


# %% test="momentum" points=22
def walk(make, steps=6):
    """Where [1, -2, 3] has come to after some steps with gradients that are known."""
    w = Tensor([1.0, -2.0, 3.0], requires_grad=True)
    optimizer = make([w])
    for t in range(1, steps + 1):
        w.grad = Tensor([0.5 * t, -1.0, 2.0 / t])
        optimizer.step()
    return w.data


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


test_velocity_comes_first()
test_options()
test_sgd_walks_as_in_pytorch()

# %% [markdown]
# ### Adam
#
# Momentum helps where the gradient persists. It does not change that one direction is a hundred
# times as steep as another. Adam does: it divides every component of the direction by its usual
# size.
#
# Keep two running averages for each parameter: m of the gradient, v of its square. Each moves a
# small part of the way towards the new value; beta1 = 0.9 and beta2 = 0.999 say how much of the old
# stays. The direction is m / sqrt(v). If the gradient has the same sign every time, that is 1 or
# -1, whether the gradient is a million or a millionth. If it changes its sign at random, m is
# small, v is not, and the step is short. `lr` is now a length: about how far a parameter moves in
# one step.
#
# One trap is left. Both averages start at zero. After the first step m is 0.1 of the gradient and v
# is 0.001 of its square, so that m / sqrt(v) = 0.1 / 0.0316, three times too long, in the very
# steps in which the model knows least. After t steps an average that began at zero has collected 1
# - beta**t of its weight. Divide by that, and the first direction has length one.
#
# `eps` keeps the division alive where v is zero. It is added to the root, not under it.


# %% solution="adam"
#| export
#| hint Both averages start at zero. After one step, how far are they from the gradient and its square?
#| hint m and v change in place; the corrected averages are new arrays, and only they enter the direction.
#| hint m += (1 - beta1) * (grad - m), v with grad * grad; each over 1 - beta**step; eps after the root.
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


class Adam(Optimizer):
    """Adam, as `torch.optim.Adam`: two numbers of state for each parameter.

    ValueError for a negative lr, eps or weight_decay, and for a beta that is not in 0 <= beta < 1.

    >>> w = Tensor([1.0])
    >>> w.grad = Tensor([123.0])
    >>> Adam([w], lr=0.1).step()
    >>> w
    Tensor([0.9])
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check_options(self, group):
        super().check_options(group)
        check_option("eps", group["eps"])
        for i in range(2):
            check_option(f"beta at index {i}", group["betas"][i], high=1)

    operation = "adam_step"

    def update_all(self, params, group):
        ms, vs = ([self.buffer(p, name) for p in params] for name in ("exp_avg", "exp_avg_sq"))
        options = {name: group[name] for name in ("lr", "betas", "eps", "weight_decay")}
        kernels[self.operation](*data_and_gradients(params), ms, vs, [self.count(p) for p in params], **options)

    def count(self, p):
        """The number of this step of p, from 1."""
        step = self.state[p]["step"] = self.state[p].get("step", 0) + 1
        return step


@kernel("adam_step")
def adam_step(params, grads, ms, vs, steps, lr, betas, eps, weight_decay):
    """Adam on lists of arrays: `params` and both averages change in place. Weight decay is added to the gradient."""
    for p, grad, m, v, step in zip(params, grads, ms, vs, steps, strict=True):
        grad = decayed(grad, p, weight_decay)
        descend(p, adam_direction(grad, m, v, step, betas, eps), lr)


# %% test="adam" points=26
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


def test_eps_is_added_after_the_root():
    small = np.array([1e-4], np.float32)
    got = adam_direction(small, np.zeros(1, np.float32), np.zeros(1, np.float32), 1, eps=0.01)
    check(
        "the direction of a gradient of 0.0001 with eps=0.01, added to the root and not under it",
        got,
        np.array([1 / 101], np.float32),
    )


def test_adam_walks_as_in_pytorch():
    for options, place in [
        ({}, [0.417274, -1.4, 2.486556]),
        ({"weight_decay": 0.5}, [0.403013, -1.402174, 2.428123]),
        ({"betas": (0.5, 0.9), "eps": 0.1}, [0.388222, -1.454545, 2.604314]),
    ]:
        got = walk(lambda params: Adam(params, lr=0.1, **options))  # noqa: B023
        check(f"w after 6 steps of Adam(lr=0.1, {options})", got, np.array(place, np.float32))


test_adam_first_direction()
test_adam_second_direction()
test_eps_is_added_after_the_root()
test_adam_walks_as_in_pytorch()

# %% [markdown]
# ### AdamW
#
# In the class above weight decay is added to the gradient, as in SGD. There it meant: large weights
# shrink in proportion to their size. In Adam it means something else. The sum is divided by the
# root of v, so a weight with large gradients hardly shrinks, and a weight with none at all moves by
# a whole `lr`, whatever its size.
#
# AdamW takes the decay out of the gradient and applies it to the parameter itself. One line.


# %% solution="adamw"
#| export
#| hint In Adam the decay is divided by the root of v like the gradient. Where must it go to escape that?
#| hint Shrink each parameter in its own memory, by a factor that lr and weight_decay give. Then a step of Adam follows.
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

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)

    operation = "adamw_step"


# %% test="adamw" points=12
def test_adamw_shrinks_the_parameter_itself():
    w = Tensor([1.0, 100.0], requires_grad=True)
    optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    w.grad = Tensor([0.0, 0.0])
    optimizer.step()
    check("w after AdamW(lr=0.1, weight_decay=0.5).step() with no slope: 5 % less", w, Tensor([0.95, 95.0]))
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
# First the valley from the beginning: how many steps until the loss is below 0.0001? Guess the
# order of the four before you run it.

# %%
from tinytorch.core.tensor import manual_seed, ones_like, peak_memory, rng, seconds


def steps_down(make, limit=1000):
    """Steps from (1, 1) until (x * x + 100 * y * y) / 2 is below 0.0001."""
    place, steepness = Tensor([1.0, 1.0], requires_grad=True), Tensor([1.0, 100.0])
    optimizer = make([place])
    for step in range(limit):
        loss = (steepness * place * place).sum() / 2
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
# Now digits: one network, the same start and the same order of the pictures for all four, two
# passes over 4,000 of them in batches of 64.

# %%
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss

digits, unseen, loss_of = TinyDigits(train=True), TinyDigits(train=False), CrossEntropyLoss()
pictures, new = (Tensor(d.images).reshape(len(d), 784) / 255 for d in (digits, unseen))


def trained(make):
    manual_seed(0)
    model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    optimizer = make(model.parameters())
    for rows in np.concatenate([rng.permutation(4000), rng.permutation(4000)]).reshape(-1, 64):
        optimizer.zero_grad()
        loss_of(model(pictures[rows]), digits.labels[rows]).backward()
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
    loss = loss_of(model(pictures), digits.labels).item()
    print(f"{name:24s} loss {loss:.3f}  {right:.1%} right  state {optimizer.state_bytes():9,} bytes")
    assert right > 0.8

# %% [markdown]
# ## Measure
#
# The network has 784 * 128 + 128 + 128 * 10 + 10 = 101,770 parameters, 4 bytes each. The table
# above has the bytes that each optimizer remembers. Write down the three factors before you look
# again: how many numbers of state for each parameter? And for a model of 175 billion parameters,
# trained with Adam: what do weights, gradients and both averages take?

# %%
parameters = sum(p.nbytes for p in runs["SGD, lr 0.1"][0].parameters())
factors = [optimizer.state_bytes() / parameters for _, optimizer in runs.values()]
print(f"{parameters:,} bytes of parameters; state, in multiples of it: {factors}")
print(
    f"175 billion parameters with Adam: {175e9 * 4 * (1 + 1 + 2) / 1e12:.1f} TB before the first activation"
)
assert (parameters, factors) == (407_080, [0, 1, 2, 2])

# %% [markdown]
# That is arithmetic on shapes. Does the memory really behave so? One weight of 16.8 MB, one step
# each; the peak counts everything that the step has in use at once beyond the weight and its
# gradient: the state, and every array that your formulas make on the way, such as `lr * direction`.
# Predict the four, then find the arrays. The last row is plain descent, written the careless way.


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
# And time. SGD reads two numbers for each parameter and writes one. Adam reads four and writes
# three, and takes a root and three divisions. How many times longer will its step take?

# %%
for name, (model, optimizer) in runs.items():
    for p in model.parameters():
        p.grad = ones_like(p)
    time = seconds(optimizer.step, 200)
    print(f"{name:24s} {time * 1e6:4.0f} us a step, {time / 101_770 * 1e9:.2f} ns a parameter")

# %% [markdown] reflect="memory" points=4
# ## Reflect
#
# **1. What fits.** A machine has 16 GB. Leave the activations aside. How many parameters can a
# model have that is trained with plain SGD, with momentum, with Adam? Which of the arrays could be
# dropped or shared, and at what price?
#
# ### BEGIN SOLUTION
# Rubric: 8, 12 and 16 bytes a parameter: 2.0, 1.33 and 1.0 billion. (2 points) Gradients can be
# applied to each parameter as soon as they are ready and dropped, if nothing needs all of them at
# once; averages can be kept in fewer bits, or one v for a whole row, at the price of exactness. (2
# points)
# ### END SOLUTION

# %% [markdown] reflect="scale" points=3
# **2. A loss times a thousand.** Somebody multiplies the loss by 1,000. What happens to a step of
# SGD, of SGD with momentum, of Adam? What does Adam's answer mean for choosing `lr`, and when does
# `eps` spoil it? Try it.
#
# ### BEGIN SOLUTION
# Rubric: SGD's steps are 1,000 times as long, with momentum too; Adam's stay (m and the root of v
# both grow by 1,000). (2 points) So lr can be chosen without knowing the scale of the loss, as long
# as the gradients are far above eps = 1e-8. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="resume" points=3
# **3. A stopped run.** A run with Adam is stopped. Only the weights were saved; it goes on with a
# new Adam. What happens in the first steps? Which two things were lost, and which of them does the
# correction by 1 - beta**step make harmless?
#
# ### BEGIN SOLUTION
# Rubric: m, v and the step count start anew; the first step has length lr in every component,
# whatever the gradient's size. (2 points) The correction keeps the averages unbiased, so that
# nothing explodes, but v of one batch is noisy: the loss jumps up. (1 point)
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# The names, the options and the values are the same; so is the form of `state_dict()`, down to
# `exp_avg` and `exp_avg_sq`. Four differences. PyTorch has several implementations of each
# optimizer, one parameter at a time, many at once, or fused into one pass over the memory; ours
# computes one piece at a time. It counts Adam's steps in a tensor, so that the count can live on
# the graphics card. Loading a state of another shape is an error here at once, and there at the
# next step. And its duplicates of a parameter within one list are a warning, as ours are, that has
# announced for years that it will become an error.
#
# ## Today
#
# Most large models are trained with AdamW, and its two averages take twice the memory of the
# weights: more than the gradients, in many runs more than anything else. Much work goes into making
# them smaller: averages in 8 bits, one v for each row and column instead of each weight, or the
# state cut up over many machines, each of which updates only its share. Every one of these starts
# from the count that you made above.
