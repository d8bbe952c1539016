"""Calls the kernel from the table itself, and adds the shapes to its error."""
# cell: apply
# function: apply
arrays = [operand(x) for x in inputs]
try:
    output = kernels[name](*arrays, **attributes)
except ValueError as error:
    shapes = " and ".join(str(np.shape(a)) for a in arrays)
    raise type(error)(f"{name} of {shapes}: {error}") from error
result = wrap(as_float32(output, arrays))
for observer in observers:
    observer(name, inputs, arrays, attributes, result)
return result
