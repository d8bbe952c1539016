"""A decoder with the hooks."""
# cell: read-json
# function: read_json
data = source
if isinstance(data, Path):
    with open(data, "rb") as file:
        data = file.read(LIMIT + 1)
if isinstance(data, str):
    data = data.encode("utf-8", "surrogatepass")
if len(data) >= LIMIT + 1:
    raise ValueError(f"at most {LIMIT:,} bytes are read")
decoder = json.JSONDecoder(object_pairs_hook=unique_keys, parse_float=finite_number, parse_constant=finite_number)
try:
    return decoder.decode(data.decode("utf-8"))
except RecursionError:
    raise ValueError("this is nested too deeply") from None
