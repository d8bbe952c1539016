"""All numbers are written, zeros included."""
# cell: packing
# says: the values
# replace:
    return {"bits": np.packbits(flat != 0), "values": flat[flat != 0]}
# by:
    return {"bits": np.packbits(flat != 0), "values": flat}
