"""A text longer than max_len is handed over whole."""
# cell: generate
# says: max_len
# replace:
model(rows[:, -model.max_len :])
# by:
model(rows)
