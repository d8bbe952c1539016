"""to_json writes NaN, which is not JSON."""
# cell: submission
# says: to_json of an improvement that is nan
# replace:
indent=1, allow_nan=False
# by:
indent=1
