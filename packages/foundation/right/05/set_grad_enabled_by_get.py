"""Puts the mode back under another name."""
# cell: no-grad
# function: set_grad_enabled
was_on = mode.recording
mode.recording = bool(flag)
try:
    yield
finally:
    mode.recording = was_on
