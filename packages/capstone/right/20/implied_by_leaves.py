"""The counts as nested lists, compared by leaves."""
# cell: implied
# function: implied
for name, side in values["samples"].items():
    recomputed = {
        "single_stream": [len(times) for times in side["single_stream"]],
        "offline": [side["offline_items"] * len(times) for times in side["offline"]],
    }
    yield from leaves(side["asked"], recomputed, f"samples.{name}.asked")
yield "sources.sha256", values["sources"]["sha256"], helpers.list_hash(values["sources"]["files"])
total = 0
for file in values["artefacts"]:
    total += file["bytes"]
yield "samples.optimized.file_bytes", values["samples"]["optimized"]["file_bytes"], total
