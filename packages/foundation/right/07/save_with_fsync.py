"""An open file, flushed to the disk, and Path.replace."""
# cell: save
# function: save
with open(unfinished, "wb") as file:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
unfinished.replace(path)
