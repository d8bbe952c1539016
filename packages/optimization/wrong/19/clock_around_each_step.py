"""The clock is read around each step, so that its own cost is in every one."""
# cell: blocks
# says: time_blocks\(blocks=3, steps=2\)
# replace:
        start = clock()
        for _ in range(steps):
            step()
        times.append((clock() - start) / steps)
# by:
        total = 0.0
        for _ in range(steps):
            start = clock()
            step()
            total += clock() - start
        times.append(total / steps)
