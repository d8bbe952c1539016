"""Only positive numbers get a bit."""
# cell: packing
# says: numbers only
# replace:
    return {"bits": np.packbits(flat != 0), "values": flat[flat != 0]}
# by:
    return {"bits": np.packbits(flat > 0), "values": flat[flat > 0]}
