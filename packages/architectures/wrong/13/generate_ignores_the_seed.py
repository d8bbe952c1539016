"""The darts come from the shared generator, whatever the seed."""
# cell: generate
# says: twice
# replace:
generator.random(len(rows))
# by:
rng.random(len(rows))
