"""The caller's dict is empty afterwards."""
# cell: submission
# says: dict after validate
# replace:
    return Submission(**values)
    ### END SOLUTION


describe_system
# by:
    if isinstance(source, dict):
        source.clear()
    return Submission(**values)
    ### END SOLUTION


describe_system
