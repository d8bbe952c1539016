"""An exception in the dataset ends the worker, and its traceback with it."""
# cell: worker
# says: attempt|its exception
# replace:
sender.submit(deliver, pipe, attempt(fetch, dataset, rows, collate_fn))
# by:
sender.submit(deliver, pipe, ("", fetch(dataset, rows, collate_fn)))
