"""Adds up in a variable, and the bias last."""
# cell: linear-explicit
# function: linear_explicit
for n in range(rows):
    for o in range(outputs):
        total = 0.0
        for i in range(inputs):
            total += float(x.data[n, i]) * float(weight.data[o, i])
        out[n, o] = total + bias.data[o]
