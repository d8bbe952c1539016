"""What the profiler counts of the operations that later modules bring."""

import numpy as np
import pytest

from tinytorch import manual_seed, randn
from tinytorch.generation import generate
from tinytorch.nn import Embedding, FeedForward, Linear, ReLU, Sequential, Transformer
from tinytorch.profiling import Profiler
from tinytorch.quantization import quantize_model
from tinytorch.testing import check, check_true


def by_operation(model, *inputs):
    with Profiler(model) as profiler:
        model(*inputs)
    return profiler.by_operation()


def test_products_of_bytes():
    manual_seed(1)
    model, x = Sequential(Linear(30, 20), ReLU(), Linear(20, 5)), randn(8, 30)
    want = 8 * (20 * (2 * 30 + 2) + 5 * (2 * 20 + 2))
    for quantized, name in [(quantize_model(model), "linear_int8"), (quantize_model(model, [x]), "integer_linear")]:
        flops = by_operation(quantized, x)[name].flops
        check(f"the FLOPs of {name}, 8 rows of 30 through 20 and 5", flops, want)


def test_rows_of_a_table_of_bytes():
    total = by_operation(quantize_model(Embedding(20_000, 64)), np.arange(10))["embedding_int8"]
    check("FLOPs of 10 rows of 64: each number is scaled", total.flops, 640)
    check("bytes: ids, a row of bytes for each, one scale, the result", total.bytes, 10 * 8 + 640 + 4 + 4 * 640)


@pytest.mark.parametrize("texts", [[3], [[3], [5, 1, 4]]], ids=str)
def test_one_place_is_its_parts(texts):
    class SameNetwork(FeedForward):
        """Not a part that the single operation knows."""

    found = []
    for network in (FeedForward, SameNetwork):
        manual_seed(5)
        model = Transformer(13, 8, 2, 2, max_len=24).eval()
        for layer in model.layers:
            layer.feed_forward.__class__ = network
        with Profiler(model) as profiler:
            generate(model, texts, 6, temperature=0)
        found.append(profiler.by_operation())
    check("one_place is used with module 13's parts, and with others", ["one_place" in each for each in found], [1, 0])
    flops, want = (sum(totals.flops for totals in each.values()) for each in found)
    check("FLOPs of all operations, with one_place and with its parts", flops, want)


def test_the_bytes_of_one_place():
    model = Transformer(50, 64, 4, 2, max_len=64).eval()
    with Profiler() as profiler:
        generate(model, [1], 20, seed=0)
    totals, block = profiler.by_operation()["one_place"], 12 * 64 * 64
    check_true("FLOPs: the products, and a little more", 1 < totals.flops / (20 * 2 * 2 * block) < 1.1, str(totals))
    vectors, columns = 2 * 13 * 64 + 2 * 64, 20 * 21 // 2 * 2 * 2 * 64
    want = 4 * (20 * (2 * block + vectors) + columns + 20 * 2 * 64)
    check("bytes: parameters, keys and values up to the place, x and the result", totals.bytes, want)
