"""The recipe is not handed on."""
# cell: layers
# says: operations of a QuantizedLinear whose inputs were observed
# replace:
        self.keep(layer.weight, layer.bias, recipe)
        self.out_features
# by:
        self.keep(layer.weight, layer.bias, None)
        self.out_features
