"""The product is computed in int8, which wraps round."""
# cell: integer-product
# says: integer_product\(a
# replace:
    for rows, block in blocks(b, kind):
        out[:, rows] = wide @ block.T
# by:
    out[...] = a @ b.T
