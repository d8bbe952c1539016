"""With groups the filters still see all channels."""
# cell: conv2d
# says: groups=2
# replace:
(out_channels, in_channels // groups, *self.kernel_size)
# by:
(out_channels, in_channels, *self.kernel_size)
