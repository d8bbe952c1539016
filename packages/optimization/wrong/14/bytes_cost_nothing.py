"""The estimate forgets the bytes."""
# cell: energy
# says: joules
# replace:
flops * JOULES_PER_FLOP + moved * JOULES_PER_BYTE
# by:
flops * JOULES_PER_FLOP
