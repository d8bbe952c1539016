"""Asks a scheduler that is not there for its state."""
# cell: state
# says: without one|without a scheduler|state_dict
# replace:
"scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
# by:
"scheduler": self.scheduler.state_dict(),
