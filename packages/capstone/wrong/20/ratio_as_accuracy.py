"""A row shows the ratio of the accuracies as its accuracy."""
# cell: leaderboard
# says: accuracy of a row
# replace:
        found = submission.improvements[self.by], low, high, submission.metrics["optimized"]["accuracy"]
# by:
        found = submission.improvements[self.by], low, high, submission.improvements["accuracy"]
