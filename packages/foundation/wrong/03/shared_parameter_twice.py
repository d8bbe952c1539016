"""A parameter that two parts share is listed twice."""
# cell: module
# says: two leaves share one
# says: got +4
class Parameter(Tensor):
    """A Tensor that belongs to a model and is meant to be improved, as `torch.nn.Parameter`."""

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad)


class Module:
    """A part of a model that knows its parameters, as `torch.nn.Module`. Subclasses write `forward`."""

    training = True
    _buffers = frozenset()

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    def forward(self, *inputs):
        raise NotImplementedError(f"{type(self).__name__} has no forward yet")

    def members(self):
        """(name, value) of every attribute, those in a list as "name.0", "name.1"."""
        for name, value in vars(self).items():
            if isinstance(value, (list, tuple)):
                yield from ((f"{name}.{i}", item) for i, item in enumerate(value))
            else:
                yield name, value

    def named_modules(self, prefix=""):
        """(prefix, module) of this module and of all below it; a prefix is empty or ends in a dot."""
        yield prefix, self
        for name, value in self.members():
            if isinstance(value, Module):
                yield from value.named_modules(f"{prefix}{name}.")

    def named_tensors(self):
        """(name, tensor) of every parameter and buffer, here and below, under each of its names."""
        for prefix, module in self.named_modules():
            for name, value in module.members():
                if isinstance(value, Parameter) or name in module._buffers:
                    yield prefix + name, value

    def named_parameters(self):
        """(name, parameter) of every parameter; one that is used in two places comes once."""
        seen = set()
        for name, value in self.named_tensors():
            if isinstance(value, Parameter):
                seen.add(id(value))
                yield name, value

    def parameters(self):
        """The parameters without their names."""
        return (value for _, value in self.named_parameters())

    def register_buffer(self, name, tensor):
        """Keep `tensor` as attribute `name`: saved with the model, but not a parameter."""
        if not isinstance(tensor, Tensor):
            raise TypeError(f"a buffer is a Tensor, not {type(tensor).__name__}")
        self._buffers = self._buffers | {name}
        setattr(self, name, tensor)

    def named_buffers(self):
        """(name, tensor) of every buffer."""
        return ((name, value) for name, value in self.named_tensors() if not isinstance(value, Parameter))

    def state_dict(self):
        """{name: Tensor} of all parameters and buffers. The tensors share the model's memory."""
        return {name: value.detach() for name, value in self.named_tensors()}

    def load_state_dict(self, state, strict=True):
        """Copy {name: Tensor or array} into this model, all of it or nothing; see `load_into`."""
        return load_into(dict(self.named_tensors()), state, strict)

    def train(self, mode=True):
        """Set `training` here and below; returns the module itself."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self):
        """Set `training` to False here and below; returns the module itself."""
        return self.train(False)

    def zero_grad(self):
        """Set `grad` of every parameter to None."""
        for parameter in self.parameters():
            parameter.grad = None

    def extra_repr(self):
        """What stands between the brackets of this module's own line."""
        return ""

    def __repr__(self):
        parts = [f"({name}): {value!r}" for name, value in self.members() if callable(value)]
        inside = "".join(f"\n{part}" for part in parts).replace("\n", "\n  ")
        return f"{type(self).__name__}({self.extra_repr()}{inside}" + ("\n)" if parts else ")")
