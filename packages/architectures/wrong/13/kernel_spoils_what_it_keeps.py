"""Weight and bias go into the array that is kept for the way back."""
# cell: layer-norm-kernel
# says: the normalized rows that were kept, without weight and bias
# replace:
    out = normalized * weight.reshape(-1)

# by:
    out = normalized
    out *= weight.reshape(-1)

