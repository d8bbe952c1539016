"""Only rows and columns are cut: what is multiplied does not fit in the cache."""
# cell: tiles
# says: the largest n, k, m given to `product`
# replace:
            for k in range(0, inner, tile):
                part += product(a[i : i + tile, k : k + tile], b[k : k + tile, j : j + tile])
# by:
            part += product(a[i : i + tile], b[:, j : j + tile])
