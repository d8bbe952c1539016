"""Notes the learning rate after the scheduler has changed it."""
# cell: trainer
# says: what each epoch was trained with
# replace:
            lr, start = self.optimizer.param_groups[0]["lr"], time.perf_counter()
# by:
            start = time.perf_counter()
# replace:
            self.epoch += 1

# by:
            lr = self.optimizer.param_groups[0]["lr"]
            self.epoch += 1
