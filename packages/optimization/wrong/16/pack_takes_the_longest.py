"""The longest form is taken."""
# cell: storage
# says: every number of 1 places.*the arrays in it
# replace:
    return {"shape": list(array.shape)} | min(forms, key=size)
# by:
    return {"shape": list(array.shape)} | max(forms, key=size)
