"""Visits a node once for every path that leads to it."""
# cell: backward
# says: did not come to an end
# replace:
            if isinstance(target, Node) and target not in found:
                found.add(target)
                waiting.append(target)
# by:
            if isinstance(target, Node):
                found.add(target)
                waiting.append(target)
