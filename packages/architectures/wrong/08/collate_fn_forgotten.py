"""The loader does not hand its collate_fn on."""
# cell: loader
# says: collate_fn=len
# replace:
        return (fetch(self.dataset, rows, self.collate_fn) for rows in batches)
# by:
        return (fetch(self.dataset, rows) for rows in batches)
