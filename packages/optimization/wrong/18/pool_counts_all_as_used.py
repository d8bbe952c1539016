"""All blocks count as in use."""
# cell: pool
# says: pool\.in_use\(\) when nobody holds them
# replace:
for i in range(len(blocks)) if held(blocks, i))
# by:
for i in range(len(blocks)))
