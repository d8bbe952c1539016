"""The product is computed in int16, which wraps round."""
# cell: integer-product
# says: integer_product\(a|integer_product of
# replace:
    for rows, block in blocks(b, kind):
        out[:, rows] = wide @ block.T
# by:
    out[...] = a.astype(np.int16) @ b.astype(np.int16).T
