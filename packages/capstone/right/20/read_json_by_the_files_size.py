"""The file's size is asked first, and reading is limited all the same."""
# cell: read-json
# function: read_json
if isinstance(source, Path):
    if source.stat().st_size > LIMIT:
        raise ValueError(f"{source.name} has more than {LIMIT:,} bytes")
    source = source.read_bytes()
if isinstance(source, str):
    source = source.encode("utf-8")
if not len(source) <= LIMIT:
    raise ValueError(f"more than {LIMIT:,} bytes")
hooks = {"object_pairs_hook": unique_keys, "parse_float": finite_number, "parse_constant": finite_number}
try:
    return json.loads(source, **hooks)
except RecursionError as error:
    raise ValueError("nested too deeply") from error
