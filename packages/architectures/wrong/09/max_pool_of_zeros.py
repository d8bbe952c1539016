"""The maximum starts from zero, so no number below it can win."""
# cell: max-pool
# says: MaxPool2d\(2\)\(\[\[-4, -2\], \[-3, -6\]\]\).*-2.*got.*0
# replace:
    for u, v in np.ndindex(*kernel_size):
        np.maximum(out, under(frame, u, v, window, places), out=out)
# by:
    out[...] = 0
    for u, v in np.ndindex(*kernel_size):
        np.maximum(out, under(frame, u, v, window, places), out=out)
