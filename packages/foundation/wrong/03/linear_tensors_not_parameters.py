"""The weight is a Tensor without the mark of a Parameter: nobody finds it."""
# cell: linear-layer
# says: the parameters of Linear\(3, 2\)
# says: got +\[\('bias'
# replace:
        self.weight = uniform_(Parameter(zeros(out_features, in_features)), -bound, bound)
# by:
        self.weight = uniform_(zeros(out_features, in_features), -bound, bound)
