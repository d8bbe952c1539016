"""Only the last place of each text is asked."""
# cell: transformer
# says: the mean over 8 places
# replace:
        return CrossEntropyLoss()(logits.reshape(-1, self.vocab), y.reshape(-1))
# by:
        return CrossEntropyLoss()(logits[:, -1], y[:, -1])
