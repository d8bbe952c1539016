"""The bits that fill up the last byte are taken for places."""
# cell: packing
# says: from_bits.*boolean index
# replace:
    flat[np.unpackbits(bits, count=size).astype(bool)] = values
# by:
    flat[np.unpackbits(bits).astype(bool)] = values
