"""Reads the table of gradients itself."""
# cell: record
# function: record
if not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
    return
if name not in gradients:
    if result.dtype.kind != "f":
        return
    raise RuntimeError(f"{name} has no entry in the table of gradients")
functions = gradients[name](result.data, *arrays, **attributes)
edges = [(x._node or x, f) for x, f in zip(inputs, functions) if isinstance(x, Tensor) and x.requires_grad]
if edges:
    result.requires_grad, result._node = True, Node(name, result.shape, edges)
