"""That no pair is left does not end the loop."""
# cell: learn-explicit
# says: TypeError|NoneType|none is left|did not come to an end
# replace:
        if pair is None:
            break

# by:

