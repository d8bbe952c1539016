"""The whole numbers are kept in 4 bytes each."""
# cell: storage
# says: int8
# replace:
    return {"values": np.rint(values / scale).astype(np.int8), "scale": scale}
# by:
    return {"values": np.rint(values / scale).astype(np.float32), "scale": scale}
