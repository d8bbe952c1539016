"""Steps a scheduler that may not be there."""
# cell: trainer
# says: scheduler|NoneType|step
# replace:
            if self.scheduler is not None:
                self.scheduler.step()
# by:
            self.scheduler.step()
