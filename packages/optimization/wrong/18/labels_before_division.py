"""The labels are subtracted before the rows are divided."""
# cell: cross-entropy
# says: the gradient of cross_entropy_once
# replace:
        np.multiply(e, (factor / given.row_sums(e))[:, None], out=e)
        e[np.arange(len(e)), labels] -= factor
# by:
        e[np.arange(len(e)), labels] -= factor
        np.multiply(e, (factor / given.row_sums(e))[:, None], out=e)
