"""np.subtract with out; the decay always added."""
# cell: decay
# function: decayed
return weight_decay * p + grad
# cell: descend
# function: descend
np.subtract(p, lr * direction, out=p)
