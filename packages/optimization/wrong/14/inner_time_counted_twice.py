"""An operation is charged with the operations inside it."""
# cell: timed-run
# says: own times
# replace:
log.module, took - log.inner, peak, note
# by:
log.module, took, peak, note
