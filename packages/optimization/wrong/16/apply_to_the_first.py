"""Only the first mask is put on."""
# cell: masks
# says: sparsity after 15 steps
# replace:
            self.parameters[name].data[~keep] = 0
# by:
            self.parameters[name].data[~keep] = 0
            break
