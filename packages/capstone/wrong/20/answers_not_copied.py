"""The answers themselves are kept, and a buffer that is used again holds the last one."""
# cell: timed-answers
# says: same array each time|one buffer for all
# replace:
answers.append(np.array(answer))
# by:
answers.append(np.asarray(answer))
