"""The bias is added once for each input instead of once."""
# cell: linear-explicit
# says: linear_explicit\(x, weight, bias\), x \(2, 3\).*difference at
# replace:
            out[n, o] = bias.data[o]
# by:

# replace:
                out[n, o] += x.data[n, i] * weight.data[o, i]
# by:
                out[n, o] += x.data[n, i] * weight.data[o, i] + bias.data[o]
