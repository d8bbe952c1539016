"""Switches recording on at the end of a block, even inside another block."""
# cell: no-grad
# says: inner block
# replace:
    finally:
        mode.recording = before
# by:
    finally:
        mode.recording = True
