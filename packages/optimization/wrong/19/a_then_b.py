"""All samples of a, then all of b."""
# cell: compare
# says: who took samples
# replace:
    for order in orders(rounds, seed):
        for side in order:
            samples[side].append(sides[side].sample(blocks))
# by:
    for side in (0, 1):
        for _ in range(rounds):
            samples[side].append(sides[side].sample(blocks))
