"""The mean of the processes' accuracies, whether they answered ten requests or a thousand."""
# cell: side-metrics
# says: accuracy of 10 of 10
# replace:
        "accuracy": right / asked,
# by:
        "accuracy": statistics.fmean(
            good / all_
            for scenario in side["asked"]
            for good, all_ in zip(side["correct"][scenario], side["asked"][scenario], strict=True)
        ),
