"""The metrics are computed before the form is known to be right."""
# cell: problems
# says: problems_of raised|string among the times
# replace:
    problems = helpers.form_problems(values)
    if not problems:
        problems = mismatches(implied(values))
    if problems:
        return problems
    recomputed = derive(values["samples"])
    return [said
# by:
    recomputed = derive(values["samples"])
    problems = helpers.form_problems(values) + mismatches(implied(values))
    return problems + [said
