"""Finds the nodes next to the last one and goes no further."""
# cell: order
# says: nodes behind
# replace:
                found.add(target)
                to_visit.append(target)

# by:
                found.add(target)

