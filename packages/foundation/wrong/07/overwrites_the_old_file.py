"""Writes into the old file: it is lost if the program dies half way."""
# cell: save
# says: puts a new file in the place of the old one
# replace:
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
# by:
    path.write_bytes(content)
