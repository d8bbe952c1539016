"""The exact type is asked for and not used."""
# cell: integer-product
# says: integer_product of the largest numbers
# replace:
    kind = exact_type(a.shape[1])
# by:
    kind = np.float32
