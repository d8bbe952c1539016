"""All answers are copied when the loop is over, which is too late."""
# cell: timed-answers
# says: one buffer for all|same array each time
# replace:
        answers.append(np.array(answer))
    return times, answers
# by:
        answers.append(answer)
    return times, [np.array(answer) for answer in answers]
