"""The hash of the sources is compared with itself."""
# cell: implied
# says: sources.sha256 does not match
# replace:
helpers.list_hash(sources["files"])
# by:
sources["sha256"]
