"""Temperature and top_k are not passed on."""
# cell: generate
# says: generate\(model, \[1, 2\], 7, temperature=0\)
# replace:
sampling_shares(logits, temperature, top_k)
# by:
sampling_shares(logits)
