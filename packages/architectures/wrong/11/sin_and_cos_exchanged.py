"""The even columns get cos and the odd ones sin."""
# cell: sinusoids
# says: at 0 every sin is 0, every cos 1
# replace:
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : d // 2])
# by:
    table[:, 0::2] = np.cos(angles)
    table[:, 1::2] = np.sin(angles[:, : d // 2])
