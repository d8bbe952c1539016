"""np.subtract with out; the decay always added."""
# cell: descend
# function: decayed
return weight_decay * p + grad
# function: descend
np.subtract(p, lr * direction, out=p)
