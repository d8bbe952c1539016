"""Cuts the dataset where it stands: a sorted one is split by class."""
# cell: split
# says: chosen at random
# replace:
    order = generator.permutation(len(dataset))
# by:
    order = np.arange(len(dataset))
