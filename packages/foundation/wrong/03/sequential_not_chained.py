"""Every layer gets the input of the first."""
# cell: sequential
# says: Sequential\(add_one, double\)
class Sequential(Module):
    """Layers one after another, as `torch.nn.Sequential`: each gets what the one before returned."""

    def __init__(self, *layers):
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"a layer can be called with a tensor, {layer!r} cannot")
        self.layers = list(layers)

    def forward(self, x):
        out = x
        for layer in self.layers:
            out = layer(x)
        return out

    def members(self):
        """The layers under their numbers: "0.weight" and not "layers.0.weight"."""
        return ((str(i), layer) for i, layer in enumerate(self.layers))

    def __getitem__(self, index):
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)
