"""Draws each part by itself, so that parts share samples."""
# cell: split
# says: each once
# replace:
    order = generator.permutation(len(dataset))
    return [Subset(dataset, order[end - n : end]) for n, end in zip(counts, np.cumsum(counts), strict=True)]
# by:
    return [Subset(dataset, generator.permutation(len(dataset))[:n]) for n in counts]
