"""The bytes that say where numbers belong are not counted."""
# cell: storage
# says: every number of 16 places.*the arrays in it
# replace:
    size = lambda form: sum(part.nbytes for part in form.values() if isinstance(part, np.ndarray))
# by:
    size = lambda form: form["values"].nbytes
