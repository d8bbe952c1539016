"""Each layer gets the embedding, not what the one before returned."""
# cell: transformer
# says: model\(ids\), ids \(2, 4\)
# replace:
        hidden = self.embed(ids)
        for layer in self.layers:
            hidden = layer(hidden, mask)
# by:
        rows = self.embed(ids)
        for layer in self.layers:
            hidden = layer(rows, mask)
