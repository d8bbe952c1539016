"""nan is equal to everything."""
# cell: check
# says: nan
# replace:
    wrong = ~np.isclose(got, want, rtol=0, atol=most, equal_nan=True)
# by:
    wrong = np.abs(got - want) > most
