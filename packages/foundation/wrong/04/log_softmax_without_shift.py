"""The exponentials of the scores themselves overflow."""
# cell: log-softmax
# says: log_softmax\(\[\[0, 200\], .*overflow encountered in exp
# replace:
    a = shifted(a, dim)
# by:

