"""The input's grid is not used."""
# cell: layers
# says: operations of a QuantizedLinear|input_scale
# replace:
        return self.run("linear_int8", "integer_linear", x)
# by:
        return apply("linear_int8", x, self.weight, self.weight_scale, *([] if self.bias is None else [self.bias]))
