"""Restores the modes only if no error came."""
# cell: evaluating
# says: block that failed
# replace:
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
# by:
    with no_grad():
        yield
    for module, mode in modes:
        module.training = mode
