"""All problems of a step in a list."""
# cell: problems
# function: problems_of
found = list(helpers.form_problems(values))
if found:
    return found
found += mismatches(implied(values))
if found:
    return found
for name, follows in derive(values["samples"]).items():
    found += mismatches(leaves(values[name], follows, name))
return found
# cell: submission
# function: validate
try:
    text = json.dumps(source, allow_nan=False) if isinstance(source, dict) else source
    values = read_json(text)
except RecursionError:
    raise InvalidSubmission(["this is nested too deeply"]) from None
except (TypeError, ValueError) as problem:
    raise InvalidSubmission([f"{problem}"]) from None
if problems := problems_of(values):
    raise InvalidSubmission(problems)
return Submission(**values)
# function: Submission.make
if problems := helpers.form_problems(values, derived=False):
    raise InvalidSubmission(problems)
values.update(derive(values["samples"]))
return validate(values)
# function: Submission.to_json
return json.dumps(asdict(self), allow_nan=False, sort_keys=True, indent=2)
