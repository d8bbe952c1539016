"""The seconds of the whole block are returned, not of a step."""
# cell: blocks
# says: time_blocks\(blocks=3, steps=2\)
# says: factor|twice|2 times|got
# replace:
        times.append((clock() - start) / steps)
# by:
        times.append(clock() - start)
