"""The requests are fetched by hand."""
# cell: timed-answers
# function: timed_answers
times, answers, waiting = [], [], iter(requests)
while True:
    try:
        request = next(waiting)
    except StopIteration:
        return times, answers
    times.append(-clock())
    answer = predict(request)
    times[-1] += clock()
    answers.append(np.array(answer, copy=True))
