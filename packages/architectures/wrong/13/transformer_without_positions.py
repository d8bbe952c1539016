"""The rows of the tokens alone: no place has a number."""
# cell: transformer
# says: model\(ids\), ids \(2, 4\)
# replace:
        hidden = self.embed(ids)
# by:
        hidden = self.embedding(ids)
