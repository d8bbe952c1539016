"""The first place of padding counts as real."""
# cell: masks
# says: padding_mask\(\[2, 0, 4\]\)
# replace:
np.arange(n) < whole_numbers(real, "length", n + 1)[:, None]
# by:
np.arange(n) <= whole_numbers(real, "length", n + 1)[:, None]
