"""A file is cut at the limit, so that nobody notices that it goes on."""
# cell: read-json
# says: file of 100 MB
# replace:
file.read(LIMIT + 1)
# by:
file.read(LIMIT)
