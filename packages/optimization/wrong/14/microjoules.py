"""The counters count microjoules, and these are returned as joules."""
# cell: energy
# says: joules of two counters
# replace:
 * 1e-6
# by:

