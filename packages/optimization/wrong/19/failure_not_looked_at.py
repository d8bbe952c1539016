"""How the process ended is not looked at, and the error is lost."""
# cell: process
# says: fresh_process of a step that raises NameError
# says: RuntimeError
# replace:
    if done.returncode != 0:
        raise RuntimeError(f"the process failed with {done.returncode}:\n{done.stderr[-2000:]}")

# by:

