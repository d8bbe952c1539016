"""Each round begins with an empty list, and only the last is judged."""
# cell: compare
# says: compare|AttributeError|list
# replace:
            samples[side].append(sides[side].sample(blocks))
# by:
            samples[side][:] = [sides[side].sample(blocks)]
