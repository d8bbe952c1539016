"""Saves the parameters and not the state of the optimizer."""
# cell: state
# says: averages and counts of the optimizer
# replace:
            "optimizer": self.optimizer.state_dict(),
# by:

