"""Only the mean of the differences is looked at."""
# cell: check
# says: agree\('mul|faulty|exp
# replace:
    if wrong.any():
# by:
    if wrong.mean() > 0.5:
