"""Small modules that PyTorch has and no chapter needs: containers, and classes for functions that are there already."""

from tinytorch.nn import functional
from tinytorch.nn.layers import Module, Parameter


class ModuleList(Module):
    """Modules under the names 0, 1, ..., as `torch.nn.ModuleList`. (A plain list in an attribute works, too.)"""

    def __init__(self, modules=()):
        self.extend(modules)

    def append(self, module):
        setattr(self, str(len(self)), needs_module(module))
        return self

    def extend(self, modules):
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        modules = list(self)
        modules.insert(index, module)
        for i, each in enumerate(modules):
            setattr(self, str(i), each)

    def __iter__(self):
        return (getattr(self, str(i)) for i in range(len(self)))

    def __len__(self):
        return sum(name.isdigit() for name in vars(self))

    def __getitem__(self, index):
        return ModuleList(list(self)[index]) if isinstance(index, slice) else list(self)[index]

    def __setitem__(self, index, module):
        setattr(self, str(range(len(self))[index]), needs_module(module))


class ModuleDict(Module):
    """Modules under names, as `torch.nn.ModuleDict`; each is an attribute as well."""

    def __init__(self, modules=()):
        self.update(modules)

    def update(self, modules):
        for name, module in dict(modules).items():
            self[name] = module

    def __setitem__(self, name, module):
        if name not in vars(self) and hasattr(type(self), name):
            raise KeyError(f"{name!r} is a name that every ModuleDict has already")
        setattr(self, name, needs_module(module))

    def __getitem__(self, name):
        return vars(self)[name]

    def __delitem__(self, name):
        delattr(self, name)

    def keys(self):
        return [name for name, value in vars(self).items() if callable(value)]

    def values(self):
        return [self[name] for name in self.keys()]

    def items(self):
        return [(name, self[name]) for name in self.keys()]

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())

    def __contains__(self, name):
        return name in self.keys()


class ParameterList(Module):
    """Parameters under the names 0, 1, ..., as `torch.nn.ParameterList`."""

    def __init__(self, parameters=()):
        for parameter in parameters:
            self.append(parameter)

    def append(self, parameter):
        setattr(self, str(len(self)), parameter if isinstance(parameter, Parameter) else Parameter(parameter))
        return self

    def __len__(self):
        return sum(name.isdigit() for name in vars(self))

    def __iter__(self):
        return (getattr(self, str(i)) for i in range(len(self)))

    def __getitem__(self, index):
        return list(self)[index]


def needs_module(module):
    if not callable(module):
        raise TypeError(f"a module is expected, not {type(module).__name__}")
    return module


class Identity(Module):
    """Returns what it gets, as `torch.nn.Identity`."""

    def __init__(self, *arguments, **options):
        pass

    def forward(self, x):
        return x


class LogSoftmax(Module):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        return functional.log_softmax(x, self.dim)


class SiLU(Module):
    def __init__(self, inplace=False):
        pass

    def forward(self, x):
        return functional.silu(x)


class LeakyReLU(Module):
    def __init__(self, negative_slope=0.01, inplace=False):
        self.negative_slope = negative_slope

    def forward(self, x):
        return functional.leaky_relu(x, self.negative_slope)


class ELU(Module):
    def __init__(self, alpha=1.0, inplace=False):
        self.alpha = alpha

    def forward(self, x):
        return functional.elu(x, self.alpha)


class NLLLoss(Module):
    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        self.options = {"weight": weight, "ignore_index": ignore_index, "reduction": reduction}

    def forward(self, log_probabilities, labels):
        return functional.nll_loss(log_probabilities, labels, **self.options)


class L1Loss(Module):
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, prediction, target):
        return functional.l1_loss(prediction, target, self.reduction)


class BCELoss(Module):
    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, probabilities, targets):
        return functional.binary_cross_entropy(probabilities, targets, self.reduction)
