"""How many uses of PyTorch's names in small programs work here, and that others are met by advice.

The uses were counted in minGPT (model, trainer), nanoGPT (model) and in PyTorch's examples for MNIST (main) and for
word language models (model, main). Values and gradients are compared with PyTorch's in tests/torch/test_names.py.
"""

import warnings

import numpy as np
import pytest

import tinytorch as torch
import tinytorch.nn.functional as F
from tinytorch import nn

# use: (how often it was found, an expression that works)
WORKS = {
    "nn.Module": (14, "type('Net', (nn.Module,), {})()"),
    "super().__init__": (14, "Net().fc"),
    "nn.Linear": (19, "nn.Linear(3, 4, bias=False)(x)"),
    "nn.Dropout": (12, "nn.Dropout(p=0.1)(x)"),
    "nn.Embedding": (7, "nn.Embedding(5, 3)(labels)"),
    "nn.LayerNorm": (4, "nn.LayerNorm(3)(x)"),
    "nn.Conv2d": (2, "nn.Conv2d(1, 2, 3, 1)(x.view(1, 1, 2, 3).expand(1, 1, 2, 3).repeat(1, 1, 2, 1))"),
    "nn.Sequential": (2, "nn.Sequential(*[nn.Linear(3, 3) for _ in range(2)])(x)"),
    "nn.ModuleList": (1, "nn.ModuleList([nn.Linear(3, 3)])[0](x)"),
    "nn.ModuleDict": (1, "nn.ModuleDict(dict(wte=nn.Embedding(5, 3))).wte.weight"),
    "nn.GELU, nn.ReLU": (3, "nn.GELU()(x) + nn.ReLU(inplace=True)(x)"),
    "nn.Parameter": (5, "nn.Parameter(torch.ones(3))"),
    "nn.CrossEntropyLoss": (1, "nn.CrossEntropyLoss()(x, labels)"),
    "one weight under two names": (2, "tied()"),
    "register_buffer": (3, "net.register_buffer('bias', torch.tril(torch.ones(2, 2)).view(1, 1, 2, 2))"),
    "Module.apply": (2, "net.apply(lambda module: None)"),
    "Module.to": (3, "net.to(torch.device('cpu'))"),
    "train, eval": (7, "net.train(), net.eval()"),
    "parameters": (9, "next(net.parameters())"),
    "named_parameters": (2, "list(net.named_parameters())"),
    "state_dict": (3, "net.load_state_dict(net.state_dict())"),
    "zero_grad": (3, "net.zero_grad(set_to_none=True)"),
    "nn.init": (10, "nn.init.normal_(net.fc.weight, mean=0.0, std=0.02), nn.init.zeros_(net.fc.bias)"),
    "clip_grad_norm_": (1, "torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)"),
    "backward": (3, "(x * x).sum().backward(retain_graph=True)"),
    "AdamW": (2, "torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.95)).step()"),
    "optimizer.step, scheduler.step": (4, "scheduler().step()"),
    "StepLR": (2, "scheduler()"),
    "DataLoader": (3, "torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, labels), batch_size=2)"),
    "no_grad": (4, "torch.no_grad().__enter__().__class__"),
    "requires_grad": (1, "x.requires_grad_()"),
    "manual_seed": (2, "torch.manual_seed(1)"),
    "cuda.is_available": (3, "not torch.cuda.is_available() and torch.cuda.manual_seed(0)"),
    "backends.mps": (1, "not torch.backends.mps.is_available()"),
    "torch.device": (3, "torch.device('cpu')"),
    "x.device": (2, "torch.zeros(2, device=x.device)"),
    "Tensor.to": (6, "x.to('cpu')"),
    "view": (20, "x.view(-1, x.size(-1))"),
    "size": (17, "B, T = x.size()"),
    "transpose": (12, "x.transpose(-2, -1)"),
    "contiguous": (3, "x.t().contiguous().view(3, 2)"),
    "t": (2, "x.t()"),
    "split": (1, "x.split(1, dim=1)"),
    "flatten": (1, "torch.flatten(x, 1)"),
    "unsqueeze": (2, "x.unsqueeze(0)"),
    "narrow": (1, "x.narrow(0, 0, 1)"),
    "shape": (5, "x.shape[::-1]"),
    "dim": (2, "x.dim() >= 2"),
    "numel": (5, "x.numel()"),
    "@": (4, "x @ x.transpose(-2, -1)"),
    "ones, zeros": (9, "torch.ones(2, 2) + torch.zeros((2, 2))"),
    "arange": (3, "torch.arange(0, 4, dtype=torch.long, device='cpu')"),
    "dtypes": (2, "torch.long, torch.float"),
    "new_zeros": (3, "x.new_zeros(2, 3, 4)"),
    "tril, triu": (3, "torch.tril(torch.ones(2, 2)), torch.triu(torch.ones(2, 2)) == 1"),
    "masked_fill": (4, "x.masked_fill(x == 0, float('-inf'))"),
    "indexing with lists": (2, "x[:, [-1]]"),
    "item assignment": (2, "assign(torch.zeros(4, 4), (slice(None), slice(0, None, 2)), 1.0)"),
    "assignment by truth values": (1, "assign(x.detach() * 1, x < 1, -float('Inf'))"),
    "copy_": (2, "torch.zeros(2, 3).copy_(x)"),
    "float": (2, "(x == 0).float()"),
    "exp, sin, cos, pow, relu": (6, "torch.exp(x), torch.sin(x), torch.cos(x), torch.pow(x, 2), torch.relu(x)"),
    "sum, norm": (3, "x.sum(dim=-1, keepdim=True), x.norm(2, dim=-1, keepdim=True)"),
    "argmax": (1, "x.argmax(dim=1, keepdim=True)"),
    "eq, view_as": (2, "labels.eq(labels.view_as(labels)).sum().item()"),
    "item": (3, "x.sum().item()"),
    "topk": (1, "torch.topk(x, 2)[0]"),
    "multinomial": (1, "torch.multinomial(F.softmax(x, dim=-1), num_samples=1)"),
    "cat": (1, "torch.cat((x, x), dim=1)"),
    "F.softmax, F.log_softmax": (6, "F.softmax(x, dim=-1) + F.log_softmax(x, dim=1)"),
    "F.cross_entropy": (2, "F.cross_entropy(x, torch.tensor([0, -1]), ignore_index=-1)"),
    "F.nll_loss": (2, "F.nll_loss(x, labels, reduction='sum')"),
    "F.relu, F.max_pool2d": (4, "F.max_pool2d(F.relu(x).view(1, 1, 2, 3), 2)"),
    "F.layer_norm": (1, "F.layer_norm(x, (3,), None, None, 1e-5)"),
    "F.scaled_dot_product_attention": (
        3,
        "F.scaled_dot_product_attention(x, x, x, attn_mask=None, dropout_p=0.1, is_causal=True)",
    ),
    "format": (1, "f'{x.sum():.4f}'"),
}

# use: (how often, an expression that fails, words of the advice)
ADVICE = {
    "autocast": (4, "torch.amp", "float32"),
    "RandomSampler": (1, "torch.utils.data.RandomSampler", "shuffle=True"),
    "Adadelta": (1, "torch.optim.Adadelta", "Adam"),
    "RNN, LSTM, GRU": (2, "nn.LSTM", "loop"),
    "clip_grad_norm": (1, "nn.utils.clip_grad_norm", "clip_grad_norm_"),
    "Tensor.cuda": (2, "x.cuda()", "CPU"),
    "another device": (2, "torch.device('mps')", "CPU"),
    "Module.cuda": (1, "net.cuda()", "CPU"),
    "max().values": (1, "x.max(dim=-1, keepdim=True).values", "values themselves"),
    "saving a whole model": (2, "torch.save(net, 'f')", "cannot save"),
}

# Uses that fail in another way: methods of .data, which is a NumPy array here; Variable, gone since PyTorch 0.4;
# nn.Transformer with PyTorch's arguments
FAILS = {"methods of .data": 5, "Variable": 5, "nn.Transformer": 1}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x)


def assign(target, index, value):
    target[index] = value
    return target


def tied():
    net = Net()
    net.again = nn.Linear(3, 2)
    net.again.weight = net.fc.weight
    assert len(list(net.parameters())) == 3


def scheduler():
    return torch.optim.lr_scheduler.StepLR(torch.optim.SGD(Net().parameters(), lr=1.0), step_size=1, gamma=0.7)


def run(code):
    x = torch.tensor(np.arange(6, dtype=np.float32).reshape(2, 3), requires_grad=True)
    names = {"torch": torch, "F": F, "nn": nn, "Net": Net, "net": Net(), "x": x, "labels": torch.tensor([0, 2])}
    exec(code, {**names, "assign": assign, "tied": tied, "scheduler": scheduler})


@pytest.mark.parametrize("use", WORKS)
def test_works(use):
    run(WORKS[use][1])


@pytest.mark.parametrize("use", ADVICE)
def test_says_what_to_use(use):
    _, code, words = ADVICE[use]
    with pytest.raises((ImportError, AttributeError, RuntimeError, TypeError), match=words):
        run(code)


def test_most_uses_work():
    works, advice = (sum(row[0] for row in table.values()) for table in (WORKS, ADVICE))
    total = works + advice + sum(FAILS.values())
    assert works / total >= 0.85, f"{works} of {total}"


def test_advice_from_every_import():
    with pytest.raises(ImportError, match="StepLR"):
        exec("from tinytorch.optim.lr_scheduler import ExponentialLR", {})
    with pytest.raises(ImportError, match="no compiler"):
        exec("from tinytorch import compile", {})
    with pytest.raises(ImportError, match="cannot import name"):
        exec("from tinytorch import nonsense", {})
    assert not hasattr(torch, "nonsense")


def test_scores_of_nothing_ignored():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert np.isnan(F.cross_entropy(torch.zeros(1, 2), torch.tensor([-100])).item())
