"""Each row is sorted by itself."""
# cell: largest
# says: largest\(\[\[3, 1, 2\]
# replace:
    order = np.argsort(sizes.ravel(), kind="stable")
# by:
    order = np.argsort(sizes, kind="stable").ravel()
