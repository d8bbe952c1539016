"""An operation is charged with the operations inside it."""
# cell: timed-kernel
# says: own times
# replace:
log.where(), took - log.inner, peak, note
# by:
log.where(), took, peak, note
