"""validate makes a Submission of whatever can be read."""
# cell: submission
# says: validate of an accuracy of 99.0
# replace:
    problems = problems_of(values)
    if problems:
        raise InvalidSubmission(problems)
    return Submission(**values)
    ### END
# by:
    return Submission(**values)
    ### END
