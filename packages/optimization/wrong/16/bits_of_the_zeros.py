"""The bits say where nothing is."""
# cell: packing
# says: numbers at 0, 3, 11: the bits
# replace:
    return {"bits": np.packbits(flat != 0), "values": flat[flat != 0]}
# by:
    return {"bits": np.packbits(flat == 0), "values": flat[flat != 0]}
