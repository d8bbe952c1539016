"""The first place is put into the lowest bit."""
# cell: packing
# says: numbers at 0, 3, 11: the bits
# replace:
    return {"bits": np.packbits(flat != 0), "values": flat[flat != 0]}
# by:
    return {"bits": np.packbits(flat != 0, bitorder="little"), "values": flat[flat != 0]}
