"""One training step of a decoder, d=64, 4 heads, 2 layers, 16 sequences of 64 tokens out of 256, Adam."""

import itertools

import numpy as np

THREADS = {1: 1.7}
VOCAB, D, HEADS, LAYERS, LENGTH, BATCH = 256, 64, 4, 2, 64, 16
WORDS = np.random.default_rng(0)
BATCHES = [WORDS.integers(0, VOCAB, (BATCH, LENGTH + 1)) for _ in range(20)]


def linear(name, outputs, inputs, bias=True):
    """The weights of a layer as it starts: the same for both sides, whatever their generators draw."""
    bound = inputs**-0.5
    shapes = {"weight": (outputs, inputs), "bias": (outputs,)}
    return {name + key: WORDS.uniform(-bound, bound, shapes[key]) for key in shapes if bias or key == "weight"}


def norm(name):
    return {f"{name}weight": np.ones(D), f"{name}bias": np.zeros(D)}


def block(name):
    projection = linear(f"{name}self_attn.in_proj_", 3 * D, D)
    layers = linear(f"{name}linear1.", 4 * D, D) | linear(f"{name}linear2.", D, 4 * D)
    out = linear(f"{name}self_attn.out_proj.", D, D)
    return projection | out | layers | norm(f"{name}norm1.") | norm(f"{name}norm2.")


def state():
    tables = {"embedding.weight": (VOCAB, D), "positions.weight": (LENGTH, D)}
    weights = {name: WORDS.normal(0, 0.02, shape) for name, shape in tables.items()}
    for number in range(LAYERS):
        weights |= block(f"layers.{number}.")
    weights |= norm("norm.") | linear("head.", VOCAB, D, bias=False)
    return {name: array.astype(np.float32) for name, array in weights.items()}


STATE = state()


def ours():
    from tinytorch import tensor
    from tinytorch.nn import Transformer
    from tinytorch.optim import Adam

    model = Transformer(VOCAB, D, HEADS, LAYERS, max_len=LENGTH)
    model.load_state_dict(STATE)
    return training(model, Adam(model.parameters(), lr=1e-3), tensor)


def theirs():
    import torch
    from torch import nn
    from torch.nn import functional as F

    class SelfAttention(nn.Module):
        def __init__(self):
            super().__init__()
            self.in_proj_weight = nn.Parameter(torch.empty(3 * D, D))
            self.in_proj_bias = nn.Parameter(torch.empty(3 * D))
            self.out_proj = nn.Linear(D, D)

        def forward(self, x):
            sequences, length, _ = x.shape
            parts = F.linear(x, self.in_proj_weight, self.in_proj_bias).split(D, dim=2)
            q, k, v = (part.view(sequences, length, HEADS, D // HEADS).transpose(1, 2) for part in parts)
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out_proj(out.transpose(1, 2).reshape(sequences, length, D))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.self_attn, self.norm1, self.norm2 = SelfAttention(), nn.LayerNorm(D), nn.LayerNorm(D)
            self.linear1, self.linear2 = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

        def forward(self, x):
            x = x + self.self_attn(self.norm1(x))
            return x + self.linear2(F.gelu(self.linear1(self.norm2(x))))

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.positions = nn.Embedding(VOCAB, D), nn.Embedding(LENGTH, D)
            self.layers = nn.ModuleList(Block() for _ in range(LAYERS))
            self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, VOCAB, bias=False)

        def forward(self, x, y):
            hidden = self.embedding(x) + self.positions(torch.arange(x.shape[1]))
            for layer in self.layers:
                hidden = layer(hidden)
            logits = self.head(self.norm(hidden))
            return F.cross_entropy(logits.view(-1, VOCAB), y.reshape(-1))

    model = Decoder()
    model.load_state_dict({name: torch.from_numpy(array) for name, array in STATE.items()})
    return training(model, torch.optim.Adam(model.parameters(), lr=1e-3), torch.tensor)


def training(model, optimizer, tensor):
    """The same step for both: that it can be written once is the point of PyTorch's names."""
    endless = itertools.cycle([(tensor(ids[:, :-1]), tensor(ids[:, 1:])) for ids in BATCHES])

    def step():
        x, y = next(endless)
        optimizer.zero_grad()
        loss = model(x, y)
        loss.backward()
        optimizer.step()
        return loss

    return step
