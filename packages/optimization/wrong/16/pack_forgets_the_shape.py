"""The shape is not written."""
# cell: storage
# says: 'shape'
# replace:
    return {"shape": list(array.shape)} | min(forms, key=size)
# by:
    return min(forms, key=size)
