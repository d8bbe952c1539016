"""NumPy's norm of the norms."""
# cell: clip
# function: clip_grad_norm_
total = float(np.linalg.norm([float(np.linalg.norm(g)) for g in gradients]))
factor = np.minimum(1.0, max_norm / (total + 1e-6))  # nan stays nan
for g in gradients:
    g *= factor
