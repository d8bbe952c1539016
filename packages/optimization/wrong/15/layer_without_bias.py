"""The layer forgets the bias."""
# cell: layers
# says: QuantizedLinear\(Linear\(30, 4\)\)
# replace:
        self.keep(layer.weight, layer.bias, recipe)
        self.out_features
# by:
        self.keep(layer.weight, None, recipe)
        self.out_features
