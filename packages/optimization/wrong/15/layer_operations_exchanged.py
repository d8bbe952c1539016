"""The names of the two operations are exchanged."""
# cell: layers
# says: QuantizedLinear|input_scale
# replace:
"linear_int8", "integer_linear", x)
# by:
"integer_linear", "linear_int8", x)
