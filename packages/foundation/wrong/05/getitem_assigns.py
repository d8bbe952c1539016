"""Assigns what an index took twice: the last gradient wins."""
# cell: views
# says: 0, 2, 2
# replace:
        if taken_once:
            part[index] = g
        else:
            np.add.at(part, index, g)
# by:
        part[index] = g
