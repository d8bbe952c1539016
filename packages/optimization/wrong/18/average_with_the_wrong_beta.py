"""The average of the gradients keeps beta1 of what is new."""
# cell: adam
# says: m after adam_in_place
# replace:
    out *= 1 - beta1
# by:
    out *= beta1
