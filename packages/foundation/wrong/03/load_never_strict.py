"""Missing and unexpected keys are let through."""
# cell: load-into
# says: b missing and c unexpected
# says: no error
# replace:
    if strict and any(result):
        raise RuntimeError(f"the state does not fit: {result}")
# by:

