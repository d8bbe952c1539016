"""What goes wrong in a thread is not raised."""
# cell: threads
# says: where item 2 fails
# replace:
        if problem is not None:
            raise problem
# by:
        pass
