"""The error says that it failed, and not why."""
# cell: process
# says: fresh_process of a step that raises NameError
# says: NameError
# replace:
failed with {done.returncode}:\n{done.stderr[-2000:]}
# by:
failed with {done.returncode}
