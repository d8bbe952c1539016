"""The parameter gets a new array, which others do not know."""
# cell: masks
# says: the parameter's own array
# replace:
            self.parameters[name].data[~keep] = 0
# by:
            self.parameters[name].data = self.parameters[name].data * keep
