"""A generator without the seed."""
# cell: rounds
# says: orders\(30, seed=1\), twice
# replace:
generator.permutation
# by:
np.random.default_rng().permutation
