"""What the reader raises goes through as another error."""
# cell: submission
# says: validate\(.*(NaN|\[)
# replace:
    except (ValueError, TypeError, RecursionError) as problem:
# by:
    except (KeyError, TypeError) as problem:
