"""One count for all processes: a process that asked less hides behind one that asked more."""
# cell: implied
# says: number of comparisons
# replace:
            for process, times in enumerate(side[scenario]):
                field = f"samples.{name}.asked.{scenario}[{process}]"
                yield field, side["asked"][scenario][process], items * len(times)
# by:
            recomputed = items * sum(map(len, side[scenario]))
            yield f"samples.{name}.asked.{scenario}", sum(side["asked"][scenario]), recomputed
