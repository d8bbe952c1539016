"""Each gradient of attention is charged with the way forward."""
# cell: backward
# says: for q, k, v
# replace:
    if i == 0:
        return attention_flops(out, *arrays)
    return 2 * math.prod(out.shape[:-1]) * math.prod(arrays[i].shape[-2:])
# by:
    return attention_flops(out, *arrays)
