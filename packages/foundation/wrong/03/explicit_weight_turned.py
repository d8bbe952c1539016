"""The weight is read as (in, out)."""
# cell: linear-explicit
# says: IndexError: index \d is out of bounds
# replace:
                out[n, o] += x.data[n, i] * weight.data[o, i]
# by:
                out[n, o] += x.data[n, i] * weight.data[i, o]
