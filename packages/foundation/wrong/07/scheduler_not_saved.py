"""Does not save how far the schedule has come."""
# cell: state
# says: the count of the schedule
# replace:
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
# by:

