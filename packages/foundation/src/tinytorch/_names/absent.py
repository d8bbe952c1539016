"""One table of what to use instead of a name that PyTorch has and TinyTorch has not, and the names that are given."""

import importlib

# PyTorch's names of types, and NumPy's
DTYPES = {
    "float32": "float32",
    "float": "float32",
    "float64": "float64",
    "double": "float64",
    "float16": "float16",
    "half": "float16",
    "int64": "int64",
    "long": "int64",
    "int32": "int32",
    "int": "int32",
    "int16": "int16",
    "short": "int16",
    "int8": "int8",
    "uint8": "uint8",
    "bool": "bool",
}

CPU_ONLY = "TinyTorch computes on the CPU"
DEVICE = f"{CPU_ONLY}, so leave it out"
FLOAT32 = "TinyTorch computes in float32 throughout, so leave it out"
NO_HOOKS = "there are no hooks: tinytorch.core.tensor.observers hears of every operation"
NO_RECURRENCE = "TinyTorch has no recurrent layers: write the loop over the sequence, or use nn.Transformer (module 13)"
NO_COMPILER = "there is no compiler: tinytorch.acceleration.accelerate() (module 18) makes a program faster"
ONE_PROCESS = "TinyTorch trains in one process"

METHODS = {
    "cuda": DEVICE,
    "pin_memory": DEVICE,
    "get_device": DEVICE,
    "half": FLOAT32,
    "bfloat16": FLOAT32,
    "register_hook": NO_HOOKS,
    "values": "x.max(dim) gives the values themselves",
    "indices": "x.argmax(dim) gives the indices",
    "retain_grad": "only leaves keep a gradient: look at an inner one with a Function of your own (module 05)",
    "scatter_": "write x[rows, columns] = values",
    "scatter": "write x[rows, columns] = values",
    "scatter_add_": "the gradient of indexing adds up: or use numpy.add.at(x.data, index, values)",
    "index_add_": "write numpy.add.at(x.data, index, values)",
    "index_fill_": "write x[index] = value",
    "index_copy_": "write x[index] = values",
    "addmm": "write bias + a @ b",
    "baddbmm": "write bias + a @ b",
    "median": "sort the values: x.sort()[0][len(x) // 2]",
    "kthvalue": "sort the values: x.sort()[0][k - 1]",
    "prod": "write x.log().sum().exp() for numbers above 0",
    "logsumexp": "write m = x.max(dim, keepdim=True); m + (x - m).exp().sum(dim, keepdim=True).log()",
    "unfold": "tinytorch.nn.im2col (module 09) cuts images into windows",
    "data_ptr": "look at x.data.ctypes.data",
    "storage": "look at x.data",
    "stride": "look at x.data.strides, in bytes",
    "as_strided": "use numpy.lib.stride_tricks.as_strided on x.data",
    "apply_": "write x.data[...] = numpy.vectorize(function)(x.data)",
    "erf": "GELU (module 02) has the only erf here",
    "unique": "write numpy.unique(x.data)",
    "nonzero": "write numpy.argwhere(x.data), or index with the truth values themselves",
    "bincount": "write numpy.bincount(x.data)",
    "histc": "write numpy.histogram(x.data)",
    "to_sparse": "tinytorch.compression (module 16) stores what is left after pruning",
    "share_memory_": ONE_PROCESS,
}

MODULE_METHODS = {
    "cuda": DEVICE,
    "half": FLOAT32,
    "bfloat16": FLOAT32,
    "compile": NO_COMPILER,
    "register_forward_hook": NO_HOOKS,
    "register_forward_pre_hook": NO_HOOKS,
    "register_full_backward_hook": NO_HOOKS,
    "share_memory": ONE_PROCESS,
}

NAMES = {
    "tinytorch": {
        "bfloat16": FLOAT32,
        "amp": FLOAT32,
        "autocast": FLOAT32,
        "set_default_dtype": FLOAT32,
        "set_float32_matmul_precision": FLOAT32,
        "set_default_device": DEVICE,
        "mps": DEVICE,
        "xpu": DEVICE,
        "accelerator": DEVICE,
        "compile": NO_COMPILER,
        "jit": NO_COMPILER,
        "fx": NO_COMPILER,
        "onnx": "write the weights with tinytorch.save: they are a safetensors file, which other programs read",
        "distributed": ONE_PROCESS,
        "multiprocessing": ONE_PROCESS,
        "set_num_threads": "set OPENBLAS_NUM_THREADS before Python starts",
        "get_num_threads": "set OPENBLAS_NUM_THREADS before Python starts",
        "profiler": "tinytorch.profiling.Profiler (module 14)",
        "Generator": "there is one generator: tinytorch.manual_seed(seed) sets it",
        "default_generator": "there is one generator: tinytorch.manual_seed(seed) sets it",
        "get_rng_state": "look at tinytorch.core.tensor.rng.bit_generator.state",
        "set_rng_state": "set tinytorch.core.tensor.rng.bit_generator.state",
        "set_printoptions": "use numpy.set_printoptions",
        "einsum": "write the product with permute, reshape and @",
        "FloatTensor": "use tinytorch.Tensor(data)",
        "LongTensor": "use tinytorch.tensor(data, dtype=tinytorch.long)",
        "BoolTensor": "use tinytorch.tensor(data, dtype=tinytorch.bool)",
        "logspace": "write 10 ** tinytorch.linspace(start, end, steps)",
        "linalg": "use numpy.linalg on x.data",
        "fft": "use numpy.fft on x.data",
        "special": "use scipy.special on x.data",
        "quantization": "tinytorch.quantization (module 15)",
        "hub": "tinytorch.load reads safetensors files",
        "library": "enter a kernel: tinytorch.core.tensor.kernels[name] = function",
        "vmap": "operations work on batches as they are",
        "func": "operations work on batches as they are",
        "use_deterministic_algorithms": "results are the same every time",
    },
    "tinytorch.nn": {
        "LSTM": NO_RECURRENCE,
        "GRU": NO_RECURRENCE,
        "RNN": NO_RECURRENCE,
        "LSTMCell": NO_RECURRENCE,
        "GRUCell": NO_RECURRENCE,
        "RNNCell": NO_RECURRENCE,
        "DataParallel": ONE_PROCESS,
        "parallel": ONE_PROCESS,
        "MultiheadAttention": "the class is MultiHeadAttention (module 12)",
        "TransformerEncoder": "Transformer and TransformerBlock (module 13)",
        "TransformerEncoderLayer": "TransformerBlock (module 13)",
        "TransformerDecoder": "Transformer and TransformerBlock (module 13)",
        "TransformerDecoderLayer": "TransformerBlock (module 13)",
        "Conv1d": "Conv2d (module 09) with a height of 1",
        "Conv3d": "Conv2d (module 09) is the only convolution",
        "ConvTranspose2d": "Conv2d (module 09) is the only convolution",
        "BatchNorm1d": "BatchNorm2d (module 09) on x.reshape(*x.shape, 1, 1)",
        "GroupNorm": "LayerNorm (module 13) or BatchNorm2d (module 09)",
        "RMSNorm": "LayerNorm (module 13)",
        "AdaptiveAvgPool2d": "AvgPool2d (module 09), or x.mean((2, 3), keepdim=True)",
        "Dropout2d": "Dropout (module 03)",
        "Upsample": "x.repeat(...)",
        "Bilinear": "Linear (module 03)",
        "HuberLoss": "MSELoss (module 04) or L1Loss",
        "SmoothL1Loss": "MSELoss (module 04) or L1Loss",
        "KLDivLoss": "DistillationLoss (module 16), or CrossEntropyLoss with probabilities as targets",
        "Hardtanh": "x.clamp(-1, 1)",
        "ReLU6": "nn.functional.relu(x).clamp(max=6)",
        "PReLU": "LeakyReLU",
        "Softplus": "nn.functional.softplus(x)",
    },
    "tinytorch.nn.functional": {
        "conv1d": "conv2d (module 09) with a height of 1",
        "batch_norm": "nn.BatchNorm2d (module 09)",
        "adaptive_avg_pool2d": "x.mean((2, 3), keepdim=True)",
        "multi_head_attention_forward": "nn.MultiHeadAttention (module 12)",
        "huber_loss": "mse_loss or l1_loss",
        "smooth_l1_loss": "mse_loss or l1_loss",
        "kl_div": "cross_entropy with probabilities as targets",
        "pad": "numpy.pad, or a Conv2d with padding",
        "interpolate": "x.repeat(...)",
        "unfold": "nn.im2col (module 09)",
        "gumbel_softmax": "softmax of the scores plus noise",
        "relu6": "relu(x).clamp(max=6)",
        "hardtanh": "x.clamp(-1, 1)",
    },
    "tinytorch.nn.init": {
        "orthogonal_": "xavier_uniform_ or kaiming_uniform_ (module 03)",
        "sparse_": "xavier_uniform_ or kaiming_uniform_ (module 03)",
        "eye_": "write w.copy_(tinytorch.eye(n))",
        "uniform": "the name ends in an underscore: uniform_",
        "xavier_uniform": "the name ends in an underscore: xavier_uniform_",
        "kaiming_uniform": "the name ends in an underscore: kaiming_uniform_",
        "normal": "the name ends in an underscore: normal_",
    },
    "tinytorch.nn.utils": {
        "clip_grad_norm": "the name ends in an underscore: clip_grad_norm_",
        "rnn": NO_RECURRENCE,
        "weight_norm": "LayerNorm (module 13) or BatchNorm2d (module 09)",
        "spectral_norm": "LayerNorm (module 13) or BatchNorm2d (module 09)",
        "prune": "tinytorch.compression (module 16)",
    },
    "tinytorch.optim": {
        "Adadelta": "Adam or SGD (module 06)",
        "Adagrad": "Adam (module 06)",
        "RMSprop": "Adam with betas=(0, 0.99) (module 06)",
        "LBFGS": "SGD or Adam (module 06)",
        "NAdam": "Adam (module 06)",
        "RAdam": "Adam (module 06)",
        "SparseAdam": "Adam (module 06)",
        "Muon": "AdamW (module 06)",
        "swa_utils": "average the state_dicts",
    },
    "tinytorch.optim.lr_scheduler": {
        "ExponentialLR": "StepLR(optimizer, 1, gamma)",
        "MultiStepLR": "LambdaLR, with the milestones in the function",
        "LinearLR": "LambdaLR(optimizer, lambda t: min(1, (t + 1) / steps))",
        "OneCycleLR": "LambdaLR, or CosineAnnealingLR (module 07)",
        "CosineAnnealingWarmRestarts": "CosineAnnealingLR (module 07), which rises again after T_max",
        "ReduceLROnPlateau": "set group['lr'] in optimizer.param_groups yourself",
        "SequentialLR": "LambdaLR, with the parts in the function",
        "ConstantLR": "LambdaLR",
        "LRScheduler": "any object with a step() will do",
    },
    "tinytorch.utils.data": {
        "RandomSampler": "DataLoader(shuffle=True) (module 08)",
        "SequentialSampler": "DataLoader(shuffle=False) (module 08)",
        "WeightedRandomSampler": "a Subset with the indices drawn by tinytorch.multinomial",
        "Sampler": "DataLoader(shuffle=True), or a Subset with an order of its own (module 08)",
        "BatchSampler": "DataLoader(batch_size=...) (module 08)",
        "DistributedSampler": ONE_PROCESS,
        "IterableDataset": "Dataset (module 08), with a length and an index",
        "default_collate": "DataLoader puts samples together by itself (module 08)",
    },
    "tinytorch.cuda": {
        "amp": FLOAT32,
    },
}

FUNCTIONS = "tinytorch._names.functions"
TYPES = "tinytorch._names.types"

# `tinytorch.exp(x)` is `x.exp()`
METHODS_TOO = """
    abs add allclose amax amin any all argmax argmin argsort bmm chunk clamp clip clone cos cumsum detach div dot eq
    equal exp flatten flip floor gather ge gt index_select isfinite isinf isnan le log log10 log2 log_softmax
    logical_and logical_not logical_or lt masked_fill masked_select matmul maximum mean minimum mm mul narrow ne neg
    norm numel permute pow reciprocal relu repeat reshape round rsqrt select sigmoid sign sin softmax sort split sqrt
    square squeeze std sub sum swapaxes t tanh topk transpose tril triu unbind unsqueeze var
"""
FUNCTIONS_ONLY = """
    as_tensor bernoulli cat e empty empty_like enable_grad eye from_numpy full full_like get_default_dtype hstack inf
    inference_mode is_grad_enabled is_tensor linspace max meshgrid min multinomial nan normal outer pi rand rand_like
    randint randn_like randperm stack vstack where
"""
MODULES = "ModuleList ModuleDict ParameterList Identity LogSoftmax SiLU LeakyReLU ELU NLLLoss L1Loss BCELoss"

# The names that are there, and the module that has each.
GIVEN = {
    "tinytorch": {
        **dict.fromkeys(METHODS_TOO.split() + FUNCTIONS_ONLY.split(), FUNCTIONS),
        "device": TYPES,
        "save": "tinytorch.training",
        "load": "tinytorch.training",
    },
    "tinytorch.nn": dict.fromkeys(MODULES.split(), "tinytorch.nn.more"),
}


def given(package):
    """The names that `package` offers beside those of the chapters."""
    return sorted([*GIVEN.get(package, ()), *(DTYPES if package == "tinytorch" else ())])


def lookup(package, name):
    """`package.name`, if it is one of PyTorch's names that are given; ImportError, with advice, if it is known."""
    if package == "tinytorch" and name in DTYPES:
        return getattr(importlib.import_module("tinytorch._names.dtypes"), name)
    if package == "tinytorch" and name == "autograd":
        return importlib.import_module("tinytorch.core.autograd")
    where = GIVEN.get(package, {}).get(name)
    if where is not None:
        return getattr(importlib.import_module(where), name)
    if name in NAMES.get(package, ()):
        raise refuse(package, name)
    raise AttributeError(name)


def refuse(package, name):
    """The error for `package.name`. (`from package import name` keeps the text of an ImportError only.)"""
    if name in NAMES.get(package, ()):
        full = f"{package}.{name}"
        return ImportError(f"{full} is not part of TinyTorch: {NAMES[package][name]}", name=full)
    return AttributeError(f"module {package!r} has no attribute {name!r}")


def method(name):
    return f"a Tensor has no {name}: {METHODS[name]}" if name in METHODS else None


def module(name):
    return f"a Module has no {name}(): {MODULE_METHODS[name]}" if name in MODULE_METHODS else None
