"""Does not save how far the schedule has come."""
# cell: trainer
# says: the count of the schedule
# replace:
            "scheduler": self.scheduler and self.scheduler.state_dict(),
# by:

