"""Saves the parameters and not the state of the optimizer."""
# cell: trainer
# says: averages and counts of the optimizer
# replace:
            "optimizer": self.optimizer.state_dict(),
# by:

