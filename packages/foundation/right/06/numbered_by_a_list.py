"""The order as a list of distinct parameters; Adam's count by a helper."""
# cell: state
# function: numbered
order = list(dict.fromkeys(p for group in param_groups for p in group["params"]))
number = {p: i for i, p in enumerate(order)}
return {
    "state": {number[p]: {**values} for p, values in state.items()},
    "param_groups": [
        {name: [number[p] for p in value] if name == "params" else value for name, value in group.items()}
        for group in param_groups
    ],
}
# cell: adam-step
# function: Adam.update_all
ms, vs, steps = [], [], []
for p in params:
    ms.append(self.buffer(p, "exp_avg"))
    vs.append(self.buffer(p, "exp_avg_sq"))
    self.state[p].setdefault("step", 0)
    self.state[p]["step"] += 1
    steps.append(self.state[p]["step"])
