"""time.perf_counter is called instead of the clock that was handed in."""
# cell: blocks
# says: time_blocks\(blocks=3, steps=2\)
# replace:
        start = clock()

# by:
        start = time.perf_counter()

# replace:
        times.append((clock() - start) / steps)
# by:
        times.append((time.perf_counter() - start) / steps)
