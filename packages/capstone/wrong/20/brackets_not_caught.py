"""RecursionError goes through to whoever called."""
# cell: read-json
# says: 100,000 opening brackets|RecursionError
# replace:
    except RecursionError:
# by:
    except MemoryError:
