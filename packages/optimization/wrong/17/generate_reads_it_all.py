"""The whole text goes into the cache again for each token."""
# cell: generate
# says: cache=True.*full|full|the places of
# replace:
rows[:, kept.length : end], kept)
# by:
rows[:, :end], kept)
