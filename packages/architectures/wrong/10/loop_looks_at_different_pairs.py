"""What is added up is the number of different pairs, not of all."""
# cell: learn-explicit
# says: steps=1\)
# says: part \[1\]
# replace:
        looked += counts.total()
# by:
        looked += len(counts)
