"""The entries of the window stand side by side, whatever the dilation."""
# cell: im2col
# says: under\(picture, 1, 1, Window.of\(2, \*\*\{'dilation': \(3, 2\)\}\)
# replace:
(u * window.dilation[0], v * window.dilation[1])
# by:
(u, v)
