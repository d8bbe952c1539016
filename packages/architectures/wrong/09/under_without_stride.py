"""The places lie side by side, whatever the stride."""
# cell: im2col
# says: under\(picture, 1, 1, Window.of\(2, \*\*\{'stride': \(2, 3\)\}\)
# replace:
    return frame[:, :, top : top + s * places[0] : s, left : left + t * places[1] : t]
# by:
    return frame[:, :, top : top + places[0], left : left + places[1]]
