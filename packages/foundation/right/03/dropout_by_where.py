"""np.where over a drawn mask."""
# cell: dropout
# function: Dropout.forward
dropped = rng.random(x.shape, np.float32) < self.p
scale = 1 / (1 - self.p)
return x * Tensor(np.where(dropped, 0.0, scale))
