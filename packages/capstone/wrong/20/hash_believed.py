"""The hash of the sources is compared with itself."""
# cell: implied
# says: sources.sha256 does not follow
# replace:
record.list_hash(sources["files"])
# by:
sources["sha256"]
