"""The size is looked at after parsing."""
# cell: read-json
# says: 100 MB that are not JSON|2,000,000
# replace:
    if len(data) > LIMIT:
        raise ValueError(f"larger than {LIMIT:,} bytes, the limit for a submission")
    try:
        return json.loads(data, object_pairs_hook=unique_keys, parse_float=finite_number, parse_constant=finite_number)
# by:
    try:
        values = json.loads(data, object_pairs_hook=unique_keys, parse_float=finite_number, parse_constant=finite_number)
        if len(data) > LIMIT:
            raise ValueError(f"larger than {LIMIT:,} bytes, the limit for a submission")
        return values
