"""A softmax is put in front: the costs are those of the shares."""
# cell: cross-entropy
# says: CrossEntropyLoss\(\"none\"\).*wanted 2.4
@kernel("cross_entropy")
def cross_entropy(logits, labels):
    """Minus the log of the share that each row's softmax gives to its label."""
    e = np.exp(shifted(logits, 1))
    a = shifted(e / np.sum(e, axis=1, keepdims=True), 1)
    return np.log(np.add.reduce(np.exp(a), axis=1)) - a[np.arange(len(a)), labels]


class CrossEntropyLoss(Loss):
    """The mean surprise at the right labels, as `torch.nn.CrossEntropyLoss`."""

    def forward(self, logits, labels):
        logits = logits if isinstance(logits, Tensor) else Tensor(logits)
        shape = np.shape(labels)
        if logits.ndim != 2 or shape != logits.shape[:1]:
            raise ValueError(f"logits {logits.shape}, labels {shape}: wanted are (N, classes) and (N,)")
        labels = whole_numbers(labels, "label", logits.shape[1])
        return self.reduce(apply("cross_entropy", logits, labels=labels))
