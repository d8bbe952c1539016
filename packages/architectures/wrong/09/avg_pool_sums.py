"""The sum is not divided."""
# cell: avg-pool
# says: AvgPool2d\(2\)\(\[\[1, 5\], \[3, 3\]\]\).*wanted.*3.*got.*12
# replace:
    return out / entries
# by:
    return out
