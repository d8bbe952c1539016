"""The means lose their dimension and do not fit the rows."""
# cell: layer-norm-composed
# says: sub of \(3, 4\) and \(3,\)
# replace:
    centered = x - x.mean(-1, keepdim=True)
# by:
    centered = x - x.mean(-1)
