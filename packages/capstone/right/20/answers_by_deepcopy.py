"""Copies by np.copy, in two lists of pairs."""
# cell: timed-answers
# function: timed_answers
pairs = []
for request in requests:
    begin = clock()
    answer = predict(request)
    end = clock()
    pairs.append((end - begin, np.copy(answer)))
return [seconds for seconds, _ in pairs], [answer for _, answer in pairs]
