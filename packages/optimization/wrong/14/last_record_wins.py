"""Each record takes the place of the ones before it."""
# cell: totals
# says: the totals of linear
# replace:
            totals.setdefault(label, Totals()).add(record)
# by:
            totals[label] = Totals()
            totals[label].add(record)
