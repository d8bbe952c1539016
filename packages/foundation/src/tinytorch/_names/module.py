"""What `Module` inherits: assignments that refuse what would be lost, and PyTorch's names of methods."""

import numpy as np


def is_parameter(value):
    return any(cls.__name__ == "Parameter" for cls in type(value).__mro__)


def is_buffer(value):
    return any(cls.__name__ == "TensorNames" for cls in type(value).__mro__)


def belongs_to_a_model(value):
    return isinstance(value, ModuleNames) or is_parameter(value)


class ModuleNames:
    _buffers = frozenset()

    def __setattr__(self, name, value):
        if value is not None and is_parameter(vars(self).get(name)) and not is_parameter(value):
            raise TypeError(
                f"{name} is a Parameter, and a {type(value).__name__} in its place would be neither trained nor saved: "
                f"write Parameter(...), or copy the numbers into {name}.data"
            )
        if isinstance(value, (set, frozenset)) and any(belongs_to_a_model(item) for item in value):
            raise TypeError(f"what stands in the set {name} is not found: use a list, a dict, ModuleList or ModuleDict")
        if name in self._buffers and not is_buffer(value):
            raise TypeError(f"{name} is a buffer, so a Tensor, not {type(value).__name__}")
        super().__setattr__(name, value)

    def __getattr__(self, name):
        from tinytorch._names.absent import module

        said = None if name.startswith("_") else module(name)
        raise AttributeError(said or f"'{type(self).__name__}' object has no attribute {name!r}")

    # -- walking through the tree

    def named_modules(self, prefix=""):
        """(name, module) of this module and all below it, each once; its own name is empty."""
        seen = set()
        for path, module in self.walk(f"{prefix}." if prefix else ""):
            if id(module) not in seen:
                seen.add(id(module))
                yield path.removesuffix("."), module

    def modules(self):
        return (module for _, module in self.named_modules())

    def named_children(self):
        return ((name, value) for name, value in self.members() if isinstance(value, ModuleNames))

    def children(self):
        return (module for _, module in self.named_children())

    def buffers(self):
        return (buffer for _, buffer in self.named_buffers())

    def get_submodule(self, path):
        return dict(self.named_modules())[path]

    def get_parameter(self, path):
        return dict(self.named_parameters())[path]

    def apply(self, function):
        """`function(module)` for every module below this one, and then for this one."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # -- adding

    def add_module(self, name, module):
        setattr(self, name, module)

    register_module = add_module

    def register_parameter(self, name, parameter):
        setattr(self, name, parameter)

    # -- types and devices

    def to(self, *kinds, **options):
        for tensor in {id(t): t for _, t in self.named_tensors()}.values():
            if tensor.dtype.kind == "f":
                vars(tensor)["_data"] = tensor.detach().to(*kinds, **options).data
        return self

    def float(self):
        return self.to(np.float32)

    def double(self):
        return self.to(np.float64)

    def cpu(self):
        return self

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self
