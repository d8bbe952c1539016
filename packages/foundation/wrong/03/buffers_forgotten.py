"""Buffers are not among what a file must hold."""
# cell: module
# says: names of a leaf's tensors.*got +\['weight'\]
# replace:
                if isinstance(value, Parameter) or name in module._buffers:
# by:
                if isinstance(value, Parameter):
