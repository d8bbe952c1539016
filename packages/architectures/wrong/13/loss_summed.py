"""The costs are added up, so that the loss grows with the batch."""
# cell: transformer
# says: the mean over 8 places
# says: got +17\.8
# replace:
        return CrossEntropyLoss()(
# by:
        return CrossEntropyLoss("sum")(
