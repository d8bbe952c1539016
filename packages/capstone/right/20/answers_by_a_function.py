"""One request is a function of its own."""
# cell: timed-answers
# function: timed_answers
def once(request):
    start = clock()
    answer = predict(request)
    return clock() - start, answer

times, answers = [], []
for request in requests:
    seconds, answer = once(request)
    times += [seconds]
    answers += [np.array(answer)]
return times, answers
