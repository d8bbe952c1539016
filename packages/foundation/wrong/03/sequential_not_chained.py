"""Every layer gets the input of the first."""
# cell: sequential
# says: Sequential\(add_one, double\)
# replace:
    def forward(self, x):
# by:
    def forward(self, x):
        out = x
# replace:
            x = layer(x)
        return x
# by:
            out = layer(x)
        return out
