"""Whoever came first is taken for a."""
# cell: compare
# says: who took samples|the ratio|cannot tell|compare\(a, b\)
# replace:
        for side in order:
            samples[side].append(sides[side].sample(blocks))
# by:
        for place, side in enumerate(order):
            samples[place].append(sides[side].sample(blocks))
