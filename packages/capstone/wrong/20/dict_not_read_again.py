"""A dict is believed to be JSON."""
# cell: submission
# says: a load that is nan
# replace:
        values = read_json(json.dumps(source) if isinstance(source, dict) else source)
# by:
        values = source if isinstance(source, dict) else read_json(source)
