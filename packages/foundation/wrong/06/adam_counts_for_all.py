"""Adam counts the steps of the first parameter, for all."""
# cell: adam-step
# says: counts of a
# replace:
        for p in params:
            self.state[p]["step"] = self.state[p].get("step", 0) + 1
        steps = [self.state[p]["step"] for p in params]
# by:
        first = self.state[self.param_groups[0]["params"][0]]
        first["step"] = first.get("step", 0) + 1
        for p in params:
            self.state[p]["step"] = first["step"]
        steps = [first["step"] for p in params]
