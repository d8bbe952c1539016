"""What follows is computed before the form is known to be right."""
# cell: problems
# says: problems_of raised|text among the times
# replace:
    problems = record.form_problems(values)
    if not problems:
        problems = mismatches(implied(values))
    if problems:
        return problems
    follows = derive(values["samples"])
    return [said
# by:
    follows = derive(values["samples"])
    problems = record.form_problems(values) + mismatches(implied(values))
    return problems + [said
