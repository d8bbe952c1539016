"""Finds the nodes, but stops at the first one."""
# cell: backward
# says: backward
# replace:
                found.add(target)
                waiting.append(target)

# by:
                found.add(target)

