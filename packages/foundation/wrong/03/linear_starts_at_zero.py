"""All weights start at 0: all outputs are equal and stay so."""
# cell: linear-layer
# says: weight of Linear\(400, 200\) reaches nearly.*largest is 0
# replace:
        self.weight = uniform_(Parameter(zeros(out_features, in_features)), -bound, bound)
# by:
        self.weight = Parameter(zeros(out_features, in_features))
