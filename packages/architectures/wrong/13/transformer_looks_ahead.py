"""The mask is not handed to the layers."""
# cell: transformer
# says: model\(ids\), ids \(2, 4\)|does not depend on the last ids
# replace:
            hidden = layer(hidden, mask)
# by:
            hidden = layer(hidden)
