"""Only the newest column goes in, in the first turn too, and the prompt is lost."""
# cell: generate
# says: generate\(model, ids \(3,\), 7\)|generate\(model, texts
# replace:
rows[:, kept.length : end], kept)
# by:
rows[:, end - 1 : end], kept)
