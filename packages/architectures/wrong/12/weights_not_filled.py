"""The array that was to receive the shares is not used."""
# cell: one-operation
# says: the array given as `weights`
# replace:
k.swapaxes(-1, -2), out=weights)
# by:
k.swapaxes(-1, -2))
