"""Computes each rate from the last one: it shrinks twice."""
# cell: cosine
# says: not from the last one
# replace:
            group["lr"] = cosine_rate(base, self.last_epoch
# by:
            group["lr"] = cosine_rate(group["lr"], self.last_epoch
