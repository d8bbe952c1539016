"""Every merge gets the same new id."""
# cell: learn-explicit
# says: learn_explicit\(\[\[7\] \* 8, \[7\] \* 8\], first=8, steps=3\)
# replace:
first + len(merges)) for word in words]
# by:
first) for word in words]
