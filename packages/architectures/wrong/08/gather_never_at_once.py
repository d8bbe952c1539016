"""Never asks for all rows at once."""
# cell: fetch
# says: __getitems__ was asked for
# replace:
    if hasattr(dataset, "__getitems__"):
        return dataset.__getitems__(rows)
    return [
# by:
    return [
