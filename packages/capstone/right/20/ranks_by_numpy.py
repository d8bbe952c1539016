"""A matrix of comparisons."""
# cell: ranks
# function: ranks
if not intervals:
    return []
low, high = np.array(intervals, float).T
return (1 + (low[None, :] > high[:, None]).sum(axis=1)).tolist()
