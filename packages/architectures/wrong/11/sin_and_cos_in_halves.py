"""All sin in the first half of the columns, all cos in the second."""
# cell: sinusoids
# says: at 0 every sin is 0, every cos 1
# replace:
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : d // 2])
# by:
    table[:, : angles.shape[1]] = np.sin(angles)
    table[:, angles.shape[1] :] = np.cos(angles[:, : d // 2])
