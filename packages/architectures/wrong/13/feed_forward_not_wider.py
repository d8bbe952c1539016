"""The hidden layer has the width of the model, whatever was asked for."""
# cell: feed-forward
# says: the parameters of FeedForward\(4\), sorted.*wanted +\(16,\)
# replace:
        self.linear1 = Linear(d_model, d_hidden)
        self.linear2 = Linear(d_hidden, d_model)
# by:
        self.linear1 = Linear(d_model, d_model)
        self.linear2 = Linear(d_model, d_model)
