"""The lower ends sorted, and a position looked up."""
# cell: ranks
# function: ranks
import bisect

lows = sorted(low for low, _ in intervals)
return [1 + len(lows) - bisect.bisect_right(lows, high) for _, high in intervals]
