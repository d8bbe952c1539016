"""Does not restore the mode after an error."""
# cell: no-grad
# says: failed|after
# replace:
    try:
        yield
    finally:
        mode.recording = before
# by:
    yield
    mode.recording = before
