"""The copy is made before the clock is read again, so the model pays for it."""
# cell: timed-answers
# says: 3 s each, and nothing else
# replace:
        answer = predict(request)
        times.append(clock() - start)
        answers.append(np.array(answer))
# by:
        answers.append(np.array(predict(request)))
        times.append(clock() - start)
