"""Compares one number after the other."""
# cell: gradcheck
# function: gradcheck
weighted().backward()
for i, x in enumerate(wide):
    want = numerical_gradient(lambda: weighted().item(), x.data, eps)
    for at in np.ndindex(want.shape):
        got = 0.0 if x.grad is None else float(x.grad.data[at])
        if not abs(got - want[at]) <= atol + rtol * abs(want[at]):
            raise RuntimeError(f"input {i} at {at}: backward gives {got:.6g}, measured {want[at]:.6g}")
return True
