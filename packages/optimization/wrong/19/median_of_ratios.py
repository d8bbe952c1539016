"""The median of the rounds' ratios."""
# cell: bootstrap
# says: ratio_of_medians\(\[
# replace:
float(np.median(a) / np.median(b))
# by:
float(np.median(a / b))
