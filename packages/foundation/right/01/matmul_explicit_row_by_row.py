"""The loops in the order i, k, j, and a product that says which sizes differ."""
# cell: matmul-explicit
# function: matmul_explicit
for i in range(rows):
    for k in range(inner):
        left = a.data[i, k]
        for j in range(columns):
            out[i, j] = out[i, j] + left * b.data[k, j]
# cell: matmul
# function: matmul
if min(np.ndim(a), np.ndim(b)) == 0:
    raise ValueError("neither side of a matrix product may be a single number")
left, right = np.shape(a)[-1], np.shape(b)[-2:][0]
if left != right:
    raise ValueError(f"the left side has {left} columns, the right side {right} rows")
return a @ b
