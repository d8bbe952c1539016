"""Saves the parameters without the buffers."""
# cell: state
# says: buffer
# replace:
            "model": self.model.state_dict(),
# by:
            "model": {name: p.detach() for name, p in self.model.named_parameters()},
