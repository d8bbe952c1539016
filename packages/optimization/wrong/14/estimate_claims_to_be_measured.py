"""The estimate says that it was measured."""
# cell: energy
# says: whether it was measured|says that it is an estimate
# replace:
moved * JOULES_PER_BYTE, False, ESTIMATE
# by:
moved * JOULES_PER_BYTE, True, ESTIMATE
