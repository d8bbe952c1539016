"""Whether a parameter was seen is asked with ==, which compares numbers."""
# cell: module
# says: equal values are not the same
# replace:
        seen = set()
# by:
        seen = []
# replace:
            if isinstance(value, Parameter) and id(value) not in seen:
                seen.add(id(value))
# by:
            if isinstance(value, Parameter) and not any((value == other).data.all() for other in seen):
                seen.append(value)
