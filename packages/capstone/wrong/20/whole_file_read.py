"""The whole file is in memory before its size is looked at."""
# cell: read-json
# says: memory
# replace:
        with source.open("rb") as file:
            source = file.read(LIMIT + 1)
# by:
        source = source.read_bytes()
