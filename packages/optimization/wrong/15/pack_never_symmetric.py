"""symmetric is not handed on."""
# cell: pack
# says: symmetric=True
# replace:
    scale, zero_point = quantization_parameters(x.min(axis=axis), x.max(axis=axis), symmetric)
# by:
    scale, zero_point = quantization_parameters(x.min(axis=axis), x.max(axis=axis))
