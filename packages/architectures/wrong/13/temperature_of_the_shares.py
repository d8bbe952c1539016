"""The shares are divided by the temperature, which normalizing undoes."""
# cell: sampling
# says: temperature 0\.5: the squares of the shares
# replace:
    scores = logits / temperature
# by:
    scores = logits
