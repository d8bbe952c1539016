"""PyTorch's `torch.nn.functional`: the learner's operations and classes under their other names.

Each function fetches the module that brings it when it is called. Where that module is not built yet, the error says
which one it is.
"""

import importlib
import math

from tinytorch._names.operations import operation
from tinytorch.core import tensor as core


def brought(module):
    return importlib.import_module(f"tinytorch.{module}")


def run(module, name, *inputs, **options):
    """The operation `name` of a module: a primitive or a composite."""
    functions = brought(module)
    if name in core.kernels:
        return core.apply(name, *inputs, **options)
    return getattr(functions, name)(*inputs, **options)


def with_tensors(layer, **tensors):
    """A layer that computes with these tensors in the place of its own parameters."""
    vars(layer).update(tensors)
    return layer


# -- activations


def relu(input, inplace=False):
    result = brought("nn.activations").ReLU()(input)
    return input.copy_(result) if inplace else result


def gelu(input, approximate="none"):
    return brought("nn.activations").GELU(approximate)(input)


def sigmoid(input):
    return brought("nn.activations").Sigmoid()(input)


def tanh(input):
    return brought("nn.activations").Tanh()(input)


def softmax(input, dim=-1, dtype=None):
    return brought("nn.activations").Softmax(dim)(input)


def log_softmax(input, dim=-1, dtype=None):
    return brought("nn.losses").log_softmax(input, dim)


def silu(input, inplace=False):
    return input * sigmoid(input)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    return input * negative_slope + relu(input) * (1 - negative_slope)


def elu(input, alpha=1.0, inplace=False):
    return relu(input) + (input.clamp(max=0).exp() - 1) * alpha


def logsigmoid(input):
    return log_softmax(yes_and_no(input), dim=0)[0]


def softplus(input):
    return -logsigmoid(-input)


def yes_and_no(input):
    """The scores of a yes and of a no: their softmax is (sigmoid(x), sigmoid(-x))."""
    return operation("cat", input.unsqueeze(0), (input * 0).unsqueeze(0), dim=0)


# -- layers


def linear(input, weight, bias=None):
    inputs = (input, weight) if bias is None else (input, weight, bias)
    return run("nn.layers", "linear", *inputs)


def dropout(input, p=0.5, training=True, inplace=False):
    return brought("nn.layers").Dropout(p).train(training)(input)


def embedding(input, weight, padding_idx=None):
    return with_tensors(bare(brought("nn.embedding").Embedding), weight=weight, **sizes_of(weight))(input)


def bare(cls):
    """A layer without the parameters that its `__init__` would draw at random."""
    return cls.__new__(cls)


def sizes_of(weight):
    return {"num_embeddings": weight.shape[0], "embedding_dim": weight.shape[1]}


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    shape = tuple(normalized_shape)
    layer = brought("nn.transformer").LayerNorm(shape, eps)
    weight = core.ones(shape) if weight is None else weight
    return with_tensors(layer, weight=weight, bias=core.zeros(shape) if bias is None else bias)(input)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    window = {"stride": two(stride), "padding": two(padding), "dilation": two(dilation), "groups": groups}
    return run("nn.conv", "conv2d", input, weight, *([] if bias is None else [bias]), **window)


def two(size):
    return tuple(size) if isinstance(size, (tuple, list)) else (size, size)


def max_pool2d(input, kernel_size, stride=None, padding=0):
    return brought("nn.conv").MaxPool2d(kernel_size, stride, padding)(input)


def avg_pool2d(input, kernel_size, stride=None, padding=0):
    return brought("nn.conv").AvgPool2d(kernel_size, stride, padding)(input)


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False):
    attention = brought("nn.attention")
    if is_causal:
        queries, keys = query.shape[-2], key.shape[-2]
        attn_mask = attention.causal_mask(max(queries, keys))[:queries, :keys]
    if not dropout_p:
        return attention.scaled_dot_product_attention(query, key, value, mask=attn_mask)
    return dropout(attention.attention_weights(query, key, attn_mask), dropout_p) @ value


# -- losses


def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    options = {"ignore_index": ignore_index, "reduction": reduction, "label_smoothing": label_smoothing}
    return brought("nn.losses").CrossEntropyLoss(weight, **options)(input, target)


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    from tinytorch._names.losses import labelled_costs, reduced

    brought("nn.losses")
    return reduced(*labelled_costs(input, target, weight, ignore_index), reduction)


def mse_loss(input, target, reduction="mean"):
    return brought("nn.losses").MSELoss(reduction=reduction)(input, target)


def l1_loss(input, target, reduction="mean"):
    return brought("nn.losses").MSELoss(reduction=reduction).reduce(abs(input - target))


def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    options = {"weight": weight, "reduction": reduction, "pos_weight": pos_weight}
    return brought("nn.losses").BCEWithLogitsLoss(**options)(input, target)


def binary_cross_entropy(input, target, reduction="mean"):
    """From probabilities; where one of them is 0 the log is taken as -100, as in PyTorch."""
    yes, no = (p.log().clamp(min=-100) for p in (input, 1 - input))
    return brought("nn.losses").MSELoss(reduction=reduction).reduce(-(yes * target + no * (1 - target)))


# -- the rest


def one_hot(tensor, num_classes=-1):
    labels = core.wrap(core.whole_numbers(tensor, "label", None if num_classes < 0 else num_classes))
    count = int(labels.max()) + 1 if num_classes < 0 else num_classes
    return (labels.unsqueeze(-1) == core.arange(count)).long()


def normalize(input, p=2.0, dim=1, eps=1e-12):
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    lengths = x1.norm(2, dim).clamp(min=math.sqrt(eps)) * x2.norm(2, dim).clamp(min=math.sqrt(eps))
    return (x1 * x2).sum(dim) / lengths


def __getattr__(name):
    from tinytorch._names.absent import refuse

    raise refuse(__name__, name)
