"""The three layers have biases."""
# cell: attention-layer
# says: parameters of Attention\(4, 3\)
# replace:
        self.query = Linear(d_model, width, bias=False)
# by:
        self.query = Linear(d_model, width)
