"""The two products by einsum."""
# cell: product
# function: by_left
return np.einsum("...nm,...km->...nk", g, right)
# function: by_right
return np.einsum("...nk,...nm->...km", left, g)
