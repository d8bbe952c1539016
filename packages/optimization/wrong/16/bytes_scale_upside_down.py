"""The scale is turned upside down when it is written."""
# cell: storage
# says: its scale
# replace:
    return {"values": np.rint(values / scale).astype(np.int8), "scale": scale}
# by:
    return {"values": np.rint(values / scale).astype(np.int8), "scale": 1 / scale}
