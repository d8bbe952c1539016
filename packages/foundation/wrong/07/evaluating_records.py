"""Leaves recording on."""
# cell: evaluating
# says: requires a gradient
# replace:
        with no_grad():
            yield
# by:
        yield
