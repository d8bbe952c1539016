"""A dictionary by identity."""
# cell: module
# function: Module.named_parameters
first = {}
for name, value in self.named_tensors():
    if isinstance(value, Parameter):
        first.setdefault(id(value), (name, value))
yield from first.values()
