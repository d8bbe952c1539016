"""Forward references: a line of a chapter that uses or names what only a later module brings.

Names come from the manifests. The words for ideas cannot be derived from them; they stand here, under the
name of the module that brings the idea. Left out are words with an everyday meaning (loss, layer, training,
attention). A module that no manifest has yet counts as later than all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tinytorch_course.tangle.manifest import Module

WORDS = {
    "activations": r"activation functions?|rectifie[rd]|softmax|sigmoid",
    "layers": r"dropout|xavier|kaiming|fully connected|hidden layers?",
    "losses": r"loss functions?|cross[- ]entropy|logits?|squared error",
    "autograd": r"autograd|gradients?|back-?propagat\w+|chain rule|computation(?:al)? graph",
    "optimizers": r"optimi[sz]ers?|momentum|weight decay|nesterov|stochastic gradient",
    "training": r"learning[- ]rate schedul\w+|cosine schedul\w+|gradient clipping|early stopping",
    "dataloader": r"data ?loaders?|prefetch\w*",
    "convolutions": r"convolutions?|convolutional|max[- ]pool\w*|batch[- ]norm\w*|im2col",
    "tokenization": r"tokeni[sz]\w+|byte[- ]pair",
    "embeddings": r"embeddings?|positional encodings?",
    "attention": r"self[- ]attention|multi-?head|attention heads?|causal mask\w*",
    "transformers": r"transformers?|layer[- ]norm\w*|language models?",
    "profiling": r"profil(?:er|ers|ing)|roofline|amdahl\w*",
    "quantization": r"quanti[sz]\w+|int8",
    "compression": r"pruning|distillation|low[- ]rank",
    "memoization": r"kv[- ]cache\w*|memoi[sz]\w+",
    "acceleration": r"kernel fusion|fused kernels?|tiling",
    "benchmarking": r"bootstrap\w*|confidence intervals?",
    "capstone": r"leaderboards?|capstone",
}
NUMBER = re.compile(r"\bmodules? (\d{1,2})(?:(?: to |-|, | and )(\d{1,2}))*", re.IGNORECASE)


def unmistakable(name: str) -> bool:
    """Is this export no English word, even at the head of a sentence (ReLU, no_grad, Conv2d, SGD)?"""
    return "_" in name or any(c.isupper() or c.isdigit() for c in name[1:])


def pattern(name: str, code: bool) -> str | None:
    """What counts as a use of an export; a plain word counts only where it is meant as a name."""
    if unmistakable(name):
        return rf"(?<![\w.]){re.escape(name)}\b"
    if code:
        return rf"(?<![\w.\"'`]){name}(?=[(,\])])" if name[0].isupper() else None
    return rf"(?<![\w.]){name}\b" if name[0].isupper() else rf"(?<![\w.]){name}\("


def names_in(line: str, later: Collection[Module], code: bool) -> Iterator[str]:
    """Exports of later modules; in prose the plain words among them are looked for in backticks only."""
    quoted = " ".join(re.findall(r"`([^`]+)`", line))
    for module in later:
        for name in module.exports:
            looked_for = pattern(name, code)
            if looked_for and re.search(looked_for, line if code or unmistakable(name) else quoted):
                yield f"{name} is not there before module {module.label}"


def ideas_in(line: str, module: Module, catalogue: Collection[Module]) -> Iterator[str]:
    numbers = {other.name: other.number for other in catalogue}
    for name, words in WORDS.items():
        number = numbers.get(name, 100)
        found = re.search(rf"(?<![\w.])(?:{words})\b(?![(_=])", line, re.IGNORECASE)
        if found and number > module.number:
            yield f"{found[0]!r} is an idea of the later module {name!r}"


def numbers_in(line: str, module: Module) -> Iterator[str]:
    for found in NUMBER.finditer(line):
        later = [n for n in re.findall(r"\d+", found[0]) if int(n) > module.number]
        if later:
            yield f"{found[0]!r} points ahead"


def forward_references(
    line: str, module: Module, later: Collection[Module], catalogue: Collection[Module], code: bool
) -> Iterator[str]:
    """What the line says of modules after `module`, each as a complaint."""
    yield from names_in(line, later, code)
    yield from ideas_in(line, module, catalogue)
    yield from numbers_in(line, module)
