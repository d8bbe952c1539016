"""A part is every third number instead of a third."""
# cell: heads
# says: heads_view\(packed \(2, 3, 24\), 4 heads, part 0
# replace:
    own = packed[..., part * d : (part + 1) * d]
# by:
    own = packed[..., part::parts]
