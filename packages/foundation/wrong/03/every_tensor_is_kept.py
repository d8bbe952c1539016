"""Every Tensor counts, whether somebody asked for it or not."""
# cell: module
# says: names of a leaf's tensors.*got +\['fixed', 'mean', 'weight'\]
# replace:
                if isinstance(value, Parameter) or name in module._buffers:
# by:
                if isinstance(value, Tensor):
