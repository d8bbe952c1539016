"""Standard error is mixed into standard output."""
# cell: process
# says: a task that prints
# replace:
capture_output=True, text=True
# by:
stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
# replace:
{done.stderr[-2000:]}
# by:
{done.stdout[-2000:]}
