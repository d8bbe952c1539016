"""Visits a node once for every path that leads to it."""
# cell: order
# says: did not come to an end
# replace:
            if isinstance(target, Node) and target not in found:
                found.add(target)
                to_visit.append(target)
# by:
            if isinstance(target, Node):
                found.add(target)
                to_visit.append(target)
