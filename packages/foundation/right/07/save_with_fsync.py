"""An open file, flushed to the disk, and Path.replace."""
# cell: save
# function: save
try:
    with open(unfinished, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
except BaseException:
    if unfinished.exists():
        unfinished.unlink()
    raise
