"""The formula has 4 bytes whatever the numbers are."""
# cell: cache
# says: itemsize=2
# replace:
* d_model * itemsize * batch
# by:
* d_model * 4 * batch
