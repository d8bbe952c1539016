"""An exponent is looked for behind a small e."""
# cell: strict
# says: 1E999
# function: finite_number
mantissa, _, exponent = text.partition("e")
if text[-1] in "Ny" or (exponent and int(exponent) > 308):
    raise ValueError(f"expected a finite number, got {text:.20}")
return float(text)
