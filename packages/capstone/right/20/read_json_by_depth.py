"""Brackets are counted as well."""
# cell: read-json
# function: read_json
def too_long():
    return ValueError(f"a submission has at most {LIMIT:,} bytes")

if isinstance(source, Path):
    with source.open("rb") as file:
        source = file.read(LIMIT)
        if file.read(1):
            raise too_long()
text = source if isinstance(source, str) else source.decode("utf-8")
if len(text.encode("utf-8")) > LIMIT:
    raise too_long()
if text.count("[") + text.count("{") > 50_000:
    raise ValueError("nested, or in too many pieces")
try:
    return json.loads(text, parse_constant=finite_number, parse_float=finite_number, object_pairs_hook=unique_keys)
except RecursionError:
    raise ValueError("nested too deeply") from None
