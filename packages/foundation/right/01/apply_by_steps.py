"""A tuple of arrays, a copy of the list of observers, every argument by position."""
# cell: apply
# function: apply
arrays = tuple(map(operand, inputs))
result = wrap(as_float32(run(name, arrays, attributes), arrays))
for tell in list(observers):
    tell(name, inputs, arrays, attributes, result)
return result
