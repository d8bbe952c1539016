"""The factors are used from the other end."""
# cell: gelu
# says: out
# replace:
    np.multiply(square, given.SHARE[0], out=out)
    for factor in given.SHARE[1:-1]:
# by:
    np.multiply(square, given.SHARE[-1], out=out)
    for factor in given.SHARE[-2:0:-1]:
# replace:
    out += given.SHARE[-1]
# by:
    out += given.SHARE[0]
