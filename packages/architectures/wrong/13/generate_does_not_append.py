"""Each new token is drawn from the same text."""
# cell: generate
# says: generate\(model, \[1, 2\], 7, temperature=0\)
# replace:
            rows = np.concatenate([rows, new[:, None]], axis=1)
# by:
            rows = np.concatenate([rows[:, :1], new[:, None]], axis=1)
