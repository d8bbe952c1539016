"""The scores are multiplied with the temperature."""
# cell: sampling
# says: temperature 0\.5: the squares of the shares
# replace:
    scores = logits / temperature
# by:
    scores = logits * temperature
