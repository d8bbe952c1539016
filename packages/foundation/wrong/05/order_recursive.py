"""Follows the edges by recursion, whose depth is limited."""
# cell: order
# says: chain of 5,000|RecursionError|recursion
# replace:
            if isinstance(target, Node) and target not in found:
                found.add(target)
                to_visit.append(target)
# by:
            if isinstance(target, Node) and target not in found:
                found.update(nodes_behind(target))
