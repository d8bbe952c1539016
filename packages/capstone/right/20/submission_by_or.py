"""The steps joined by `or`."""
# cell: problems
# function: problems_of
def derived():
    follows = derive(values["samples"])
    return mismatches(claim for name in DERIVED for claim in leaves(values[name], follows[name], name))

return helpers.form_problems(values) or mismatches(implied(values)) or derived()
# cell: submission
# function: validate
if isinstance(source, dict):
    try:
        source = json.dumps(source)
    except (TypeError, ValueError, RecursionError) as problem:
        raise InvalidSubmission([f"this dict cannot be JSON: {problem}"]) from None
try:
    values = read_json(source)
except ValueError as problem:
    raise InvalidSubmission([str(problem)]) from problem
found = problems_of(values)
if not found:
    return Submission(**values)
raise InvalidSubmission(found)
# function: Submission.make
found = helpers.form_problems(values, derived=False)
if not found:
    return validate({**values, **derive(values["samples"])})
raise InvalidSubmission(found)
# function: Submission.to_json
return json.dumps(self.as_dict(), allow_nan=False)
