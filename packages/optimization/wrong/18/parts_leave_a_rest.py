"""What does not divide evenly is left out."""
# cell: threads
# says: the numbers in parts_of\(10, 4\)
# replace:
    ends = [i * count // parts for i in range(parts + 1)]
# by:
    ends = [i * (count // parts) for i in range(parts + 1)]
