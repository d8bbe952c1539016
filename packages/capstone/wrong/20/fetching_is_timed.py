"""The clock starts before the request is there."""
# cell: timed-answers
# says: 3 s each, and nothing else
# replace:
    for request in requests:
        start = clock()
        answer = predict(request)
        times.append(clock() - start)
# by:
    start = clock()
    for request in requests:
        answer = predict(request)
        times.append(clock() - start)
# replace:
        answers.append(np.array(answer))
# by:
        answers.append(np.array(answer))
        start = clock()
