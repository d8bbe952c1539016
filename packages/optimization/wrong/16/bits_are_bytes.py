"""A byte for each place, not a bit."""
# cell: packing
# says: numbers at 0, 3, 11: the bits.*shape
# replace:
    return {"bits": np.packbits(flat != 0), "values": flat[flat != 0]}
# by:
    return {"bits": (flat != 0).astype(np.uint8), "values": flat[flat != 0]}
