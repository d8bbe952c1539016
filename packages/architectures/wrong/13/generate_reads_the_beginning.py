"""Of a long text the beginning is read."""
# cell: generate
# says: generate\(model, \[1, 2\], 7, temperature=0\)
# replace:
rows[:, -model.max_len :]
# by:
rows[:, : model.max_len]
