"""Memoization: the paper's 5,050 computations, its 10 to 100 times, and a cache that grows with the text."""

import time

import numpy as np

from tinytorch import manual_seed, no_grad
from tinytorch.core.tensor import peak_memory
from tinytorch.datasets import TinyTalks
from tinytorch.generation import KVCache, cache_bytes, generate, next_logits, watching
from tinytorch.nn import Transformer
from tinytorch.nn import generate as uncached
from tinytorch.optim import Adam
from tinytorch.text import BPETokenizer

VOCABULARY, WINDOW = 512, 48


def talker(steps):
    """A model that has read questions and answers of TinyTalks for so many steps, and its tokenizer."""
    text = "\n".join(f"{question} {answer}" for question, answer in TinyTalks("train"))
    tokenizer = BPETokenizer().train(text, vocab_size=VOCABULARY)
    stream, draws = np.array(tokenizer.encode(text)), np.random.default_rng(0)
    manual_seed(0)
    model = Transformer(VOCABULARY, d_model=64, n_heads=4, n_layers=2, max_len=128)
    optimizer = Adam(model.parameters(), lr=4e-3)
    for _ in range(steps):
        rows = stream[draws.integers(0, len(stream) - WINDOW - 1, (16, 1)) + np.arange(WINDOW + 1)]
        optimizer.zero_grad()
        model(rows[:, :-1], rows[:, 1:]).backward()
        optimizer.step()
    return model.eval(), tokenizer


def places(model, cache):
    """The places that each layer works at to write 100 tokens after one id."""
    with watching() as work:
        generate(model, [0], 100, seed=0, cache=cache)
    return work.places // len(model.layers), work.pairs // len(model.layers)


def count(model):
    without, kept = places(model, False), places(model, True)
    claim = "100 tokens are 1 + 2 + ... + 100 computations without a cache (of keys and values of a place, in a layer)"
    measured = f"{without[0]:,} without, {kept[0]:,} with: {without[0] - kept[0]:,} of them redundant"
    yield claim, "5,050", measured, without[0] == 5050 and kept[0] == 100
    claim = "generation becomes O(n)"
    measured = f"places n, not n squared; looks {kept[1]:,}, not {without[1]:,}: n squared, not n cubed"
    yield claim, "O(n^2) to O(n)", measured, kept[0] == 100 and kept[1] == 5050


def apart(model, tokenizer, questions):
    """The largest difference of scores, and whether the answers to all questions at once are those one by one."""
    prompts = [tokenizer.encode(question) for question in questions]
    together = generate(model, prompts, 20, temperature=0)
    alone = [uncached(model, prompt, 20, temperature=0) for prompt in prompts]
    differ = 0.0
    for row in alone:
        cache, ids = KVCache(model), row.data[None]
        turns = [next_logits(model, ids[:, i : i + 1], cache).data for i in range(ids.shape[1])]
        with no_grad():
            differ = max(differ, float(np.abs(np.stack(turns, axis=1) - model(ids).data).max()))
    return differ, all(a.tolist() == b.tolist() for a, b in zip(together, alone, strict=True))


def same(model, tokenizer, quick):
    questions = TinyTalks("heldout").questions[: 8 if quick else 40]
    differ, equal = apart(model, tokenizer, questions)
    claim = "held-out questions of TinyTalks in one batch, padded on the left: answers as one by one"
    yield claim, "", f"{'the same' if equal else 'others'}, scores within {differ:.0e}", equal and differ < 1e-5


def seconds(function, repeat):
    """The shortest of some times."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        function()
        taken.append(time.perf_counter() - began)
    return min(taken)


def passages(model, first, last, repeat):
    """The seconds of one passage for each length first ... last, with straight lines between 17 of them."""
    ids = np.random.default_rng(0).integers(0, model.vocab, (1, last))
    lengths = np.linspace(first, last, 17).round().astype(int)
    with no_grad():
        taken = [seconds(lambda n=n: model(ids[:, :n]), repeat) for n in lengths]
    return np.interp(np.arange(first, last + 1), lengths, taken).sum()


def speed(quick):
    """Times faster up to a text of so many places, after 16 ids."""
    manual_seed(0)
    model = Transformer(vocab=256, d_model=128, n_heads=8, n_layers=4).eval()
    repeat, prompt, found = 3 if quick else 7, list(range(16)), {}
    for last in (256 + 15, 1024):
        kept = seconds(lambda n=last: generate(model, prompt, n - 15, seed=0), repeat)
        found[last - 15] = float(passages(model, 16, last, repeat) / kept)
    measured = ", ".join(f"{times:.0f} times for {tokens:,} tokens" for tokens, times in found.items())
    claim = "faster generation after 16 ids (d=128, 8 heads, 4 layers, batch 1)"
    yield claim, "10 to 100 times", measured, min(found.values()) >= 10


def memory():
    model, made = Transformer(vocab=256, d_model=128, n_heads=8, n_layers=4), []
    traced = peak_memory(lambda: made.append(KVCache(model, batch=8)))
    predicted = cache_bytes(4, 128, 1024, batch=8)
    measured = f"{predicted:,} bytes predicted, {made[0].nbytes:,} held, {traced:,} traced (8 texts of 1,024 places)"
    yield "but increases memory", "", measured, made[0].nbytes == predicted <= traced < predicted + 4000


def claims(quick):
    model, tokenizer = talker(50 if quick else 400)
    return [*count(model), *same(model, tokenizer, quick), *speed(quick), *memory()]
