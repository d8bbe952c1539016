"""Small ratios are called slower."""
# cell: verdict
# says: verdict\(0.5, 0.9\)
# replace:
        return "faster"
# by:
        return "slower"
# replace:
        return "slower"
    return
# by:
        return "faster"
    return
