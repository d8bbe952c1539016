"""Asks a dataset with NumPy's numbers, which a dict or a file name takes for something else."""
# cell: fetch
# says: of type int
# replace:
    return [dataset[i] for i in rows.tolist()]
    ### END SOLUTION


def fetch
# by:
    return [dataset[i] for i in rows]
    ### END SOLUTION


def fetch
