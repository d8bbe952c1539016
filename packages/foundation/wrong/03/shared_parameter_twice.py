"""A parameter that two parts share is listed twice."""
# cell: module
# says: two leaves share one
# says: got +4
# replace:
            if isinstance(value, Parameter) and id(value) not in seen:
# by:
            if isinstance(value, Parameter):
