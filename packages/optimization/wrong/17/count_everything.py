"""Every operation at the door is counted."""
# cell: count
# says: work\.places|IndexError|not enough values
# replace:
        if name == "attention":
# by:
        if name != "embedding":
