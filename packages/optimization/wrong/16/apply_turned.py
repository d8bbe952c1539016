"""What should stay is set to 0."""
# cell: masks
# says: under a mask of every third
# replace:
            self.parameters[name].data[~keep] = 0
# by:
            self.parameters[name].data[keep] = 0
