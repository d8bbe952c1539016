"""Puts the whole model into training mode afterwards."""
# cell: evaluating
# says: modes afterwards
# replace:
        for module, mode in modes:
            module.training = mode
# by:
        model.train()
