"""Counts first, and builds the entry part by part."""
# cell: trainer
# function: Loop.fit
began = time.perf_counter()
entry = {"epoch": self.epoch + 1, "lr": self.optimizer.param_groups[0]["lr"]}
entry["loss"] = self.run_epoch(x, y, batch_size, shuffle)
self.epoch = entry["epoch"]
if self.scheduler:
    self.scheduler.step()
entry["seconds"] = time.perf_counter() - began
self.history += [entry]
if on_epoch:
    on_epoch(entry)
