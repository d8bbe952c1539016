"""What stands there and what follows are swapped in the sentence."""
# cell: mismatches
# says: false speed and a false energy
# replace:
f"{field}: {stands} stands there, {follows} follows"
# by:
f"{field}: {follows} stands there, {stands} follows"
