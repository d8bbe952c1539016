"""Takes a whole cosine: the rate is back up at T_max."""
# cell: cosine
# says: cosine_rate\(0\.5
# replace:
(1 + math.cos(math.pi * t / T_max)) / 2
# by:
(1 + math.cos(2 * math.pi * t / T_max)) / 2
