"""The ends of each side's range are divided, and the rounds do not stay together."""
# cell: derive
# says: a third of its partner's time
# replace:
        found[name] = list(bootstrap_interval(*(pair if METRICS[name].better == "lower" else pair[::-1])))
# by:
        a, b = pair if METRICS[name].better == "lower" else pair[::-1]
        found[name] = [min(a) / max(b), max(a) / min(b)]
