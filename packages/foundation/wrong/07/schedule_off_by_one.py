"""Sets the rate before counting: every rate comes one step late."""
# cell: cosine
# says: after one step
# replace:
        self.last_epoch += 1
        for group
# by:
        for group
# replace:
            group["lr"] = cosine_rate(base, self.last_epoch, self.T_max, self.eta_min)
# by:
            group["lr"] = cosine_rate(base, self.last_epoch, self.T_max, self.eta_min)
        self.last_epoch += 1
