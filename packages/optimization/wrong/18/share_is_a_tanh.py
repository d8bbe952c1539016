"""The tanh is not brought to 0 ... 1."""
# cell: gelu
# says: out
# replace:
    out *= 0.5
    out += 0.5

# by:

