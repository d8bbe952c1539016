# %% [markdown]
# {header}

# %% [markdown]
# ## The problem

# %% [markdown]
# ## Build

# %% solution="descend"
#| default_exp optim.optimizers
#| export
#| hint The gradient says in which direction the loss grows. Which way do you go, and how far?
#| hint Both work on arrays: `decayed` makes a new one, `descend` changes p itself and returns nothing.
#| hint return grad + weight_decay * p, and p -= lr * direction. With p = p - ... the parameter would stay as it was.
import warnings

import numpy as np

from tinytorch.core.tensor import Tensor, as_array, wrap, zeros_like


def decayed(grad, p, weight_decay):
    """The gradient of the loss plus `weight_decay / 2` times the sum of p's squares. `grad` itself stays.

    >>> decayed(np.array([1.0, 1.0]), np.array([10.0, -10.0]), 0.1)
    array([2., 0.])
    """
    ### BEGIN SOLUTION
    return grad + weight_decay * p if weight_decay else grad
    ### END SOLUTION


def descend(p, direction, lr):
    """Move the array p against `direction` by `lr` times its length, in p's own memory.

    >>> p = np.array([1.0, 2.0])
    >>> descend(p, np.array([10.0, -10.0]), 0.1)
    >>> p
    array([0., 3.])
    """
    ### BEGIN SOLUTION
    p -= lr * direction
    ### END SOLUTION


# %% solution="optimizer"
#| export
#| hint Who owns the numbers that an optimizer remembers: the optimizer, or each parameter in it?
#| hint `self.state[p]` is the dictionary of one parameter; make it, and the zeros in it, when they are first asked for.
#| hint state = self.state.setdefault(p, {}); if name not in state: state[name] = zeros_like(p); return state[name].data.
PIECE = 65_536  # numbers: what is computed from a piece stays in the processor's cache


def pieces(*arrays):
    """Arrays of one shape, cut along their first dimension into views of at most about PIECE numbers.

    >>> [len(a) for a, b in pieces(np.zeros((100, 1000)), np.ones((100, 1000)))]
    [65, 35]
    """
    first = arrays[0]
    if first.size <= PIECE:
        return [arrays]
    rows = max(1, PIECE * len(first) // first.size)
    return [[a[start : start + rows] for a in arrays] for start in range(0, len(first), rows)]


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
        raise ValueError(f"invalid {name}: {value} (it must be {low} or more" + f", below {high})" * (high < np.inf))


class Optimizer:
    """What all optimizers share: parameters in groups, state for each parameter, and the loop of `step`.

    An optimizer of its own defines `update(p, group)`, which changes one parameter, and `check_options(group)`.
    ValueError for no parameters, TypeError for what is not a Tensor.
    """

    def __init__(self, params, **defaults):
        self.defaults = defaults
        self.state = {}  # parameter -> {name: Tensor or number}
        self.param_groups = []
        for group in groups_of(params):
            self.add_param_group(group)

    def add_param_group(self, group):
        """Add parameters with options of their own; what the group does not say is the optimizer's default."""
        if not isinstance(group, dict):
            raise TypeError(f"a parameter group is a dict with the key 'params', not {type(group).__name__}")
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
        check_option("weight_decay", group["weight_decay"])

    def zero_grad(self):
        """Drop the gradients, so that the next backward starts anew. Dropping is cheaper than filling with zeros."""
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None
        ### END SOLUTION

    def buffer(self, p, name):
        """The array in which the optimizer remembers `name` for the parameter p: zeros at first, then the same one.

        The state of a parameter is made when it is first asked for, not before.
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
            if not isinstance(p.grad, Tensor):
                raise TypeError(f"a gradient must be a Tensor, not {type(p.grad).__name__}")
            if p.grad.shape != p.shape:
                raise ValueError(f"a parameter of shape {p.shape} has a gradient of shape {p.grad.shape}")
        return found

    def step(self):
        """Change every parameter that has a gradient. The gradients stay as they are."""
        with np.errstate(all="ignore"):  # inf and nan go through silently, as in PyTorch
            for p, group in self.ready():
                self.update(p, group)

    def state_dict(self):
        """Everything that the next step depends on besides the parameters, which are numbered as in PyTorch."""
        number = {}
        for group in self.param_groups:
            for p in group["params"]:
                number.setdefault(p, len(number))
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {number[p]: dict(state) for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, saved):
        """Go on as the optimizer whose `state_dict()` this is. ValueError, and nothing changed, if it does not fit."""
        groups = [self.merged(*pair) for pair in self.paired(saved)]
        params = {}
        for old, new in zip(saved["param_groups"], groups):
            params.update(zip(old["params"], new["params"]))
        unknown = [i for i in saved["state"] if i not in params]
        if unknown:
            raise ValueError(f"the state of parameter {unknown[0]!r} belongs to no parameter group")
        state = {params[i]: restored(i, params[i], values) for i, values in saved["state"].items()}
        self.param_groups, self.state = groups, state

    def paired(self, saved):
        """This optimizer's groups, each with the saved one that is to take its place."""
        if not isinstance(saved, dict) or not {"state", "param_groups"} <= set(saved):
            raise ValueError("an optimizer's state_dict has the keys 'state' and 'param_groups'")
        mine, theirs = ([len(g["params"]) for g in groups] for groups in (self.param_groups, saved["param_groups"]))
        if mine != theirs:
            raise ValueError(f"the state_dict has groups of {theirs} parameters, this optimizer has {mine}")
        return zip(self.param_groups, saved["param_groups"])

    def merged(self, group, saved):
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in saved.items() if k != "params"}
        self.check_options({**group, **options})
        return {**group, **options}


def restored(number, p, values):
    """A copy of the saved state of the parameter p, in p's own type."""
    state = {}
    for name, value in values.items():
        array = as_array(value)
        if array.ndim and array.shape != p.shape or not array.ndim and name != "step" and p.ndim:
            raise ValueError(f"{name} of parameter {number} has shape {array.shape}, the parameter {p.shape}")
        state[name] = int(array) if name == "step" else wrap(array.astype(p.dtype))
    return state


# %% solution="momentum"
#| export
#| hint A ball that rolls downhill keeps most of its speed. Which two numbers make its new speed?
#| hint Change velocity first, in its own memory; then decide what the step follows.
#| hint velocity *= momentum; velocity += (1 - dampening) * grad; return it, or grad + momentum * velocity for nesterov.
def momentum_direction(grad, velocity, momentum, dampening=0, nesterov=False):
    """The direction of a step with momentum. `velocity`, the decaying sum of gradients, is brought up to date.

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

    params: Tensors, or dicts {"params": [...], "lr": ...}. ValueError for a negative lr, momentum or weight_decay,
    and for nesterov without momentum or with dampening.

    >>> w = Tensor([1.0])
    >>> w.grad = Tensor([2.0])
    >>> SGD([w], lr=0.1).step()
    >>> w
    Tensor([0.8])
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        options = dict(momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov)
        super().__init__(params, lr=lr, **options)

    def check_options(self, group):
        super().check_options(group)
        check_option("momentum", group["momentum"])
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                "nesterov needs a momentum and no dampening, "
                f"not momentum={group['momentum']}, dampening={group['dampening']}"
            )

    def update(self, p, group):
        lr, decay, momentum = group["lr"], group["weight_decay"], group["momentum"]
        if not momentum:
            for data, grad in pieces(p.data, p.grad.data):
                descend(data, decayed(grad, data, decay), lr)
            return
        dampening = group["dampening"] if p in self.state else 0  # the first gradient counts in full
        for data, grad, velocity in pieces(p.data, p.grad.data, self.buffer(p, "momentum_buffer")):
            grad = decayed(grad, data, decay)
            descend(data, momentum_direction(grad, velocity, momentum, dampening, group["nesterov"]), lr)


# %% solution="adam"
#| export
#| hint Both averages start at zero. After one step, how far are they from the average of the gradients so far?
#| hint m and v change in place; the corrected averages are new arrays, and only they enter the direction.
#| hint m += (1 - beta1) * (grad - m), v likewise with grad * grad; divide each by 1 - beta**step; eps is added after the root.
def adam_direction(grad, m, v, step, betas=(0.9, 0.999), eps=1e-8):
    """Adam's direction: the average gradient over the root of the average squared gradient.

    m and v, the two running averages, are brought up to date; `step` counts from 1.

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

    def update(self, p, group):
        m, v = self.buffer(p, "exp_avg"), self.buffer(p, "exp_avg_sq")
        step = self.state[p]["step"] = self.state[p].get("step", 0) + 1
        for data, grad, m_part, v_part in pieces(p.data, p.grad.data, m, v):
            grad = self.decay(data, grad, group)
            descend(data, adam_direction(grad, m_part, v_part, step, group["betas"], group["eps"]), group["lr"])

    def decay(self, data, grad, group):
        """The gradient that the averages see, after weight decay in Adam's way: it is added to the gradient."""
        return decayed(grad, data, group["weight_decay"])


# %% solution="adamw"
#| export
#| hint In Adam the decay is divided by the root of v along with the gradient. Where must it go to escape that?
#| hint Shrink the parameter itself, before the step, by a factor that lr and weight_decay give; return grad untouched.
#| hint data *= 1 - group["lr"] * group["weight_decay"], then return grad.
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

    def decay(self, data, grad, group):
        """Shrink the parameter; the averages see the gradient as it is."""
        ### BEGIN SOLUTION
        data *= 1 - group["lr"] * group["weight_decay"]
        return grad
        ### END SOLUTION
