"""Nobody looks at the inputs."""
# cell: check
# says: puts zeros into its input|changes its input|mul
# replace:
            agree(f"{what} changes its input {i}", copied, array)
# by:
            pass
