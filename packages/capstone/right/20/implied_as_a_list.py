"""A list that is yielded at the end."""
# cell: implied
# function: implied
claims = []
for name in values["samples"]:
    side = values["samples"][name]
    for p, asked in enumerate(side["asked"]["single_stream"]):
        claims.append((f"samples.{name}.asked.single_stream[{p}]", asked, len(side["single_stream"][p])))
    for p, asked in enumerate(side["asked"]["offline"]):
        recomputed = sum(side["offline_items"] for _ in side["offline"][p])
        claims.append((f"samples.{name}.asked.offline[{p}]", asked, recomputed))
claims.append(("sources.sha256", values["sources"]["sha256"], helpers.list_hash(values["sources"]["files"])))
sizes = [file["bytes"] for file in values["artefacts"]]
claims.append(("samples.optimized.file_bytes", values["samples"]["optimized"]["file_bytes"], sum(sizes)))
yield from claims
