"""Uses its own tolerances instead of the arguments."""
# cell: gradcheck
# says: rtol
# replace:
        agree = np.isclose(got, want, atol=atol, rtol=rtol)
# by:
        agree = np.isclose(got, want, atol=1e-2, rtol=1e-2)
