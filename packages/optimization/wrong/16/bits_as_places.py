"""Bits are taken for positions."""
# cell: packing
# says: from_bits
# replace:
    flat[np.unpackbits(bits, count=size).astype(bool)] = values
# by:
    flat[np.unpackbits(bits, count=size)] = values
