"""Two loops and a count."""
# cell: ranks
# function: ranks
found = []
for _, high in intervals:
    above = 0
    for low, _ in intervals:
        if low > high:
            above += 1
    found.append(above + 1)
return found
