"""Draws the order from the seed alone: every epoch is the same."""
# cell: loader
# says: next epochs have other orders
# says: count of the epoch
# replace:
else (self.seed, self.epoch)
# by:
else (self.seed,)
