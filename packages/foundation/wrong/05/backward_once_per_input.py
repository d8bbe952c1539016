"""Runs backward once for each input."""
# cell: function
# says: how often backward
# replace:
            if not answers:
                answers.extend(as_parts(cls.backward(ctx, g)))
            return answers[i]
# by:
            return as_parts(cls.backward(ctx, g))[i]
