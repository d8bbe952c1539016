"""The scenarios outside, the sides inside."""
# cell: implied
# function: implied
samples = values["samples"]
for scenario in ("single_stream", "offline"):
    for name in ("baseline", "optimized"):
        side = samples[name]
        items = side["offline_items"] if scenario == "offline" else 1
        for p in range(len(side[scenario])):
            yield f"samples.{name}.asked.{scenario}[{p}]", side["asked"][scenario][p], len(side[scenario][p]) * items
yield "samples.optimized.file_bytes", samples["optimized"]["file_bytes"], sum(f["bytes"] for f in values["artefacts"])
yield "sources.sha256", values["sources"]["sha256"], helpers.list_hash(values["sources"]["files"])
