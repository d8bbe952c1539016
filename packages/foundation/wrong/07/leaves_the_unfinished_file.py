"""Leaves the unfinished file behind if it cannot take the old one's place."""
# cell: save
# says: nothing unfinished
# replace:
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
# by:
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
