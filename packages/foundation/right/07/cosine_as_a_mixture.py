"""A mixture of the two ends."""
# cell: cosine
# function: cosine_rate
share = 0.5 + 0.5 * math.cos(math.pi * t / T_max)
return share * base + (1 - share) * eta_min
