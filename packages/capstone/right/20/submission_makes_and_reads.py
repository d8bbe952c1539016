"""make derives, writes and reads again."""
# cell: problems
# function: problems_of
problems = helpers.form_problems(values) or mismatches(implied(values))
if not problems:
    stands = {name: values[name] for name in DERIVED}
    follows = derive(values["samples"])
    claims = [(field.removeprefix("."), a, b) for field, a, b in leaves(stands, follows, "")]
    problems = mismatches(claims)
return problems
# cell: submission
# function: validate
try:
    values = read_json(json.dumps(source)) if isinstance(source, dict) else read_json(source)
except (ValueError, TypeError, RecursionError) as problem:
    raise InvalidSubmission(str(problem).splitlines()) from None
problems = problems_of(values)
if len(problems) > 0:
    raise InvalidSubmission(problems)
return Submission(**{name: values[name] for name in values})
# function: Submission.make
problems = helpers.form_problems(values, derived=False)
if problems:
    raise InvalidSubmission(problems)
made = cls(**{**values, **derive(values["samples"])})
return validate(made.to_json())
# function: Submission.to_json
return "".join(json.JSONEncoder(allow_nan=False).iterencode(self.as_dict()))
