"""A dict filled part by part, and a restore in another order."""
# cell: state
# function: Trainer.state_dict
state = {"epoch": self.epoch, "history": list(self.history), "scheduler": None}
for name in ("model", "optimizer", "scheduler"):
    if getattr(self, name) is not None:
        state[name] = getattr(self, name).state_dict()
state["generator"] = dict(rng.bit_generator.state)
return state
# function: Trainer.restore
for name in ("model", "optimizer", "scheduler"):
    if saved[name] is not None:
        getattr(self, name).load_state_dict(saved[name])
self.history = [dict(entry) for entry in saved["history"]]
self.epoch = saved["epoch"]
rng.bit_generator.state = saved["generator"]
