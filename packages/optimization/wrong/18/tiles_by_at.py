"""Every tile is multiplied with @, whatever `product` is."""
# cell: tiles
# says: how many products of tiles|the largest n, k, m|tile_loads\(.*counted
# replace:
                part += product(a[i : i + tile, k : k + tile], b[k : k + tile, j : j + tile])
# by:
                part += a[i : i + tile, k : k + tile] @ b[k : k + tile, j : j + tile]
