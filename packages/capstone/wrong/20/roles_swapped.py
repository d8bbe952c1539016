"""The reported and the recomputed value are swapped in the sentence."""
# cell: mismatches
# says: wrong speed and a wrong energy
# replace:
f"{field}: reported {reported}, recomputed {recomputed}"
# by:
f"{field}: reported {recomputed}, recomputed {reported}"
