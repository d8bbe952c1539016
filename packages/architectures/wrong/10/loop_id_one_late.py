"""The pair is noted before its id is computed: the ids begin at first + 1."""
# cell: learn-explicit
# says: none is left after two|learn_explicit\(\[\[7\]
# replace:
        words = [merge(word, pair, first + len(merges)) for word in words]
        merges.append(pair)
# by:
        merges.append(pair)
        words = [merge(word, pair, first + len(merges)) for word in words]
