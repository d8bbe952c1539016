"""The first item is given to a thread too."""
# cell: threads
# says: the items that were done|items
# replace:
for item in items[1:]]
# by:
for item in items]
