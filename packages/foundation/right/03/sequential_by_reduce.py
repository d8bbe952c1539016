"""functools.reduce over the layers."""
# cell: sequential
# function: Sequential.forward
from functools import reduce

return reduce(lambda value, layer: layer(value), self.layers, x)
