"""Transformers with the earlier modules: training and writing, walking through the parts, masks, edges, bad input."""

import numpy as np
import pytest

from tinytorch.core.autograd import checkpoint, gradcheck, no_grad
from tinytorch.core.tensor import Tensor, apply, manual_seed, observers, randn, tensor, zeros
from tinytorch.nn import (
    CrossEntropyLoss,
    FeedForward,
    LayerNorm,
    Transformer,
    TransformerBlock,
    causal_mask,
    generate,
    padding_mask,
    scaled_dot_product_attention,
)
from tinytorch.optim import Adam
from tinytorch.testing import check, check_gradients, check_raises, check_true

BLOCK = [
    "self_attn.in_proj_weight",
    "self_attn.in_proj_bias",
    "self_attn.out_proj.weight",
    "self_attn.out_proj.bias",
    "linear1.weight",
    "linear1.bias",
    "linear2.weight",
    "linear2.bias",
    "norm1.weight",
    "norm1.bias",
    "norm2.weight",
    "norm2.bias",
]


def small(**options):
    manual_seed(1)
    return Transformer(vocab=12, d_model=8, n_heads=2, n_layers=2, **{"max_len": 10, **options})


def some_ids(*shape):
    return np.random.default_rng(2).integers(0, 12, shape)


# -- training and writing --------------------------------------------------------------------------------------


def test_a_model_learns_to_count_and_writes_it():
    manual_seed(0)
    model = Transformer(vocab=7, d_model=16, n_heads=2, n_layers=1, max_len=12)
    optimizer, losses = Adam(model.parameters(), lr=0.01), []
    for _ in range(80):
        rows = (np.random.default_rng(len(losses)).integers(0, 7, (16, 1)) + np.arange(11)) % 7
        loss = model(rows[:, :-1], rows[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    check_true("the loss starts not far from log(7) = 1.95", 1.5 < losses[0] < 3, f"it is {losses[0]:.3g}")
    check_true("and falls below 0.1", losses[-1] < 0.1, f"it is {losses[-1]:.3g}")
    want = tensor([[(start + i) % 7 for i in range(20)] for start in (3, 6)])
    got = generate(model, [[3, 4], [6, 0]], 18, temperature=0)
    check("generate(model, [[3, 4], [6, 0]], 18, temperature=0), max_len 12", got, want)


def test_the_gradient_reaches_every_parameter_that_was_used():
    model = small()
    model(some_ids(3, 10), some_ids(3, 10)).backward()
    for name, parameter in model.named_parameters():
        check_true(f"{name} has a gradient that is not all 0", parameter.grad is not None and parameter.grad.data.any())


def test_a_block_has_the_gradients_of_finite_differences():
    manual_seed(2)
    block, mask = TransformerBlock(4, 2, d_hidden=6), causal_mask(3)
    check_gradients("block(x, causal_mask(3))", lambda x: block(x, mask), randn(2, 3, 4))


def test_layer_norm_in_float64():
    inputs = [randn(3, 5), randn(5), randn(5)]
    check_true("gradcheck of layer_norm", gradcheck(lambda x, w, b: apply("layer_norm", x, w, b, eps=1e-5), inputs))
    x = tensor(np.arange(6).reshape(2, 3), dtype=np.float64)
    check("LayerNorm(3)(x).dtype, x of float64", LayerNorm(3)(x).dtype, np.dtype(np.float64))


def test_blocks_behind_checkpoints():
    model, ids = small(), some_ids(2, 5)
    model(ids, ids).backward()
    want = {name: p.grad for name, p in model.named_parameters()}
    model.zero_grad()
    rows, mask = model.embed(ids), causal_mask(5)
    for layer in model.layers:
        rows = checkpoint(lambda x, layer=layer: layer(x, mask), rows)
    model.loss(model.head(model.norm(rows)), ids).backward()
    for name, parameter in model.named_parameters():
        check(f"{name}.grad behind checkpoints", parameter.grad, want[name], tolerance=1e-4)


# -- the parts ---------------------------------------------------------------------------------------------------


def test_the_names_of_the_parameters():
    block = TransformerBlock(8, 2)
    check("the keys of a block", list(block.state_dict()), BLOCK)
    keys = ["embedding.weight", "positions.weight", *[f"layers.{i}.{name}" for i in range(2) for name in BLOCK]]
    check("the keys of a model", list(small().state_dict()), [*keys, "norm.weight", "norm.bias", "head.weight"])
    check("the number of its parameters", len(list(small().parameters())), len(keys) + 3)


def test_a_state_goes_from_model_to_model():
    first, second, ids = small(), Transformer(12, 8, 2, 2, max_len=10), some_ids(2, 6)
    check_true("two models start with different weights", bool((first(ids) != second(ids)).data.any()))
    second.load_state_dict(first.state_dict())
    check("second(ids) after second.load_state_dict(first.state_dict())", second(ids), first(ids))
    other = Transformer(12, 8, 2, 3, max_len=10)
    check_raises("a state of fewer layers", lambda: other.load_state_dict(first.state_dict()), RuntimeError, "layers.2")


def walk(model, ids, positions=None, mask=None):
    """What forward does, part by part, as whoever wants to do something in between has to."""
    rows = model.embed(ids, positions)
    for layer in model.layers:
        q, k, v = layer.self_attn.heads(layer.norm1(rows))
        rows = rows + layer.self_attn.merge(scaled_dot_product_attention(q, k, v, mask))
        rows = rows + layer.feed_forward(layer.norm2(rows))
    return model.head(model.norm(rows))


def test_the_parts_can_be_called_one_by_one():
    model, ids = small(), some_ids(3, 7)
    check("the model part by part", walk(model, ids, mask=causal_mask(7)), model(ids), tolerance=1e-6)
    later = walk(model, ids[:, 4:], positions=[4, 5, 6], mask=causal_mask(3))
    check_true("positions reach the model", bool(abs(later - model(ids[:, 4:])).max() > 1e-4))


def test_padding_on_the_left():
    """With positions that begin where a text does, padding in front of it changes nothing."""
    model, ids = small(), some_ids(2, 6)
    real = np.array([[True] * 6, [False] * 2 + [True] * 4])
    positions = np.maximum(np.cumsum(real, axis=1) - 1, 0)
    mask = padding_mask(real).data & causal_mask(6).data
    got = walk(model, ids, positions, mask[:, None])
    check("the text without padding", got[0], model(ids[0]))
    check("the text with two places of padding in front", got[1, 2:], model(ids[1, 2:]))


def test_padding_on_the_right():
    model, ids, y = small(), some_ids(2, 6), some_ids(2, 6)[::-1]
    mask = padding_mask([6, 4])
    costs = CrossEntropyLoss("none")
    want = np.concatenate([costs(model(ids[0]), y[0]).data, costs(model(ids[1, :4]), y[1, :4]).data])
    got = model(ids, y, mask=mask)
    check("model(ids, y, mask=padding_mask([6, 4])): the mean over 10 places", got, Tensor(want.mean()))
    everywhere = model(ids, y, mask=np.ones((6, 6), bool))
    check("a mask (6, 6) is no padding: all places count", everywhere, model(ids, y))


def test_masks_of_other_kinds():
    model, ids = small(), some_ids(2, 5)
    band = np.tri(5, dtype=bool) & ~np.tri(5, k=-2, dtype=bool)  # itself and the one before
    floats = np.where(band, 0, -np.inf).astype(np.float32)
    check("a mask of floats", model(ids, mask=floats), model(ids, mask=band), tolerance=1e-6)
    check("one mask a text, (2, 5, 5)", model(ids, mask=np.stack([band, band])), model(ids, mask=band))
    check_raises("a mask of whole numbers", lambda: model(ids, mask=band.astype(int)), TypeError, "int64")
    check_raises("a mask for 4 places", lambda: model(ids, mask=band[:4, :4]), ValueError, "(4, 4)")


def test_layer_norm_is_one_operation():
    seen, layer = [], LayerNorm(4)
    observers.append(lambda name, *rest: seen.append(name))
    try:
        layer(zeros(2, 4))
    finally:
        observers.pop()
    check("the operations of LayerNorm(4)(x)", seen, ["layer_norm"])


def test_what_parts_look_like():
    want = """FeedForward(
  (activation): GELU(approximate='none')
  (linear1): Linear(in_features=8, out_features=32, bias=True)
  (linear2): Linear(in_features=32, out_features=8, bias=True)
)"""
    check("repr(FeedForward(8))", repr(FeedForward(8)), want)
    check("repr(LayerNorm(8))", repr(LayerNorm(8)), "LayerNorm((8,), eps=1e-05)")
    check_true("repr(block) shows its feed_forward", "(feed_forward): FeedForward(" in repr(TransformerBlock(8, 2)))


# -- modes -------------------------------------------------------------------------------------------------------


def test_train_and_eval_reach_every_part():
    model = small(dropout=0.5)
    parts = [module for _, module in model.named_modules()]
    check("the number of parts", len(parts), 1 + 2 + 2 * 9 + 2)
    model.eval()
    check("their modes after eval()", [part.training for part in parts], [False] * len(parts))
    ids = some_ids(2, 5)
    check("model(ids), twice in eval mode", model(ids), model(ids))
    check_true("twice in train mode they differ", bool((model.train()(ids) != model(ids)).data.any()))


def test_generate_leaves_everything_as_it_was():
    model = small(dropout=0.5).train()
    model.layers[0].eval()
    before = [module.training for _, module in model.named_modules()]
    ids = some_ids(2, 3)
    first, again = (generate(model, ids, 6, temperature=0) for _ in range(2))
    check("no dropout while it writes: the same text twice", again, first)
    check("the modes of all parts afterwards", [m.training for _, m in model.named_modules()], before)
    check("requires_grad of what it wrote", first.requires_grad, False)
    check("gradients that it left", [p.grad for p in model.parameters()], [None] * len(list(model.parameters())))


# -- generate ----------------------------------------------------------------------------------------------------


def test_what_generate_takes_and_returns():
    model = small().eval()
    want = generate(model, [3, 1, 4], 4, temperature=0)
    check("its type", want.dtype, np.dtype(np.int64))
    for ids in (np.array([3, 1, 4]), np.array([3.0, 1, 4]), Tensor([3, 1, 4]), tensor([3, 1, 4])):
        check(f"generate(model, {ids!r}, 4, temperature=0)", generate(model, ids, 4, temperature=0), want)
    check("model.generate", model.generate([3, 1, 4], 4, temperature=0), want)
    check("max_new_tokens=0", generate(model, [[3, 1]], 0), tensor([[3, 1]]))
    check("top_k=1", generate(model, [3, 1, 4], 4, top_k=1, seed=5), want)
    both = generate(model, [[3, 1, 4], [1, 5, 9]], 4, temperature=0)
    check("two texts at once", both, tensor([want.tolist(), generate(model, [1, 5, 9], 4, temperature=0).tolist()]))


def test_seeds():
    model = small().eval()
    texts = [generate(model, [1], 9, temperature=3.0, seed=seed).tolist() for seed in (1, 1, 2)]
    check("the same seed", texts[0], texts[1])
    check_true("another seed gives another text", texts[0] != texts[2])
    manual_seed(7)
    first, second = (generate(model, [1], 9, temperature=3.0).tolist() for _ in range(2))
    manual_seed(7)
    check("without a seed, after the same manual_seed", generate(model, [1], 9, temperature=3.0).tolist(), first)
    check_true("without a seed, a second text is another one", first != second)
    manual_seed(7)
    generate(model, [1], 3, seed=5)
    check("a seed leaves the shared generator alone", generate(model, [1], 9, temperature=3.0).tolist(), first)


def test_a_text_longer_than_the_model_reads():
    model = small(max_len=4).eval()
    text = generate(model, some_ids(9), 3, temperature=0).tolist()
    check("its length", len(text), 12)
    want = [int(model(text[i - 4 : i]).data[-1].argmax()) for i in range(9, 12)]
    check("its last three tokens, each from the four before it", text[9:], want)


def test_generate_refuses():
    model = small()
    for words, options in [
        (("max_new_tokens", "-1"), {"max_new_tokens": -1}),
        (("max_new_tokens", "2.5"), {"max_new_tokens": 2.5}),
        (("temperature", "-0.5"), {"temperature": -0.5}),
        (("temperature", "nan"), {"temperature": float("nan")}),
        (("temperature", "inf"), {"temperature": float("inf")}),
        (("top_k", "0"), {"top_k": 0}),
        (("top_k", "1.5"), {"top_k": 1.5}),
    ]:
        call = f"generate(model, [1], {options})"
        check_raises(call, lambda o=options: generate(model, [1], **{"max_new_tokens": 2, **o}), ValueError, *words)
    for call, ids in [("12 of 12", [12]), ("-1", [-1]), ("0.5", [0.5])]:
        check_raises(f"generate with id {call}", lambda ids=ids: generate(model, ids, 2), ValueError, "id")
    for shape in [(0,), (2, 0), (), (1, 1, 1)]:
        ids = np.zeros(shape, int)
        check_raises(f"generate with ids {shape}", lambda ids=ids: generate(model, ids, 2), ValueError, shape)


# -- edges and bad input -------------------------------------------------------------------------------------------


def test_ids_of_every_kind():
    model = small()
    ids, y = [[1, 2, 3], [4, 5, 6]], [[2, 3, 4], [5, 6, 7]]
    want, loss = model(ids), model(ids, y)
    for kind in (np.array, Tensor, tensor, lambda rows: np.array(rows, np.uint8)):
        check(f"model({kind(ids)!r})", model(kind(ids)), want)
        check("the loss", model(kind(ids), kind(y)), loss)
    check("a single text", model(ids[1]), want[1])
    check("the loss of a single text", model(ids[0], y[0]), CrossEntropyLoss()(want[0], y[0]))


def test_at_the_edges():
    model = small(max_len=3)
    check("one id", model([[5]]).shape, (1, 1, 12))
    check("no text", model(np.zeros((0, 3), int)).shape, (0, 3, 12))
    check("a vocabulary of one", Transformer(1, 4, 2, 1)([[0, 0]], [[0, 0]]), Tensor(0.0))
    check("its type", model([[5]]).dtype, np.dtype(np.float32))
    with no_grad():
        check("without a graph", model([[5, 1]]).requires_grad, False)


def test_a_model_refuses():
    model = small()
    for call, ids, words in [
        ("an id of 12", [[1, 12]], ("12", "0 to 11")),
        ("an id of -1", [[-1]], ("-1",)),
        ("an id of 1.5", [[1.5]], ("1.5", "whole")),
        ("11 ids, max_len 10", [[1] * 11], ("11", "max_len=10")),
        ("ids (1, 1, 2)", [[[1, 2]]], ("(1, 1, 2)",)),
        ("ids ()", 3, ("()",)),
    ]:
        check_raises(f"model(ids), {call}", lambda ids=ids: model(ids), ValueError, *words)
    check_raises("a label of 12", lambda: model([[1, 2]], [[1, 12]]), ValueError, "label 12")
    check_raises("y of another shape", lambda: model([[1, 2]], [1, 2]), ValueError, "(1, 2)", "(2,)")
    check_raises("Transformer with 3 heads", lambda: Transformer(9, 8, 3, 1), ValueError, "3", "8")
    for sizes in [(0, 8, 2, 1), (9, 0, 2, 1), (9, 8, 0, 1), (9, 8, 2, 0)]:
        check_raises(f"Transformer{sizes}", lambda sizes=sizes: Transformer(*sizes), ValueError, "0")
    check_raises("Transformer(..., n_layers=-1)", lambda: Transformer(9, 8, 2, -1), ValueError, "n_layers", "-1")
    check_raises("Transformer(..., n_layers=1.5)", lambda: Transformer(9, 8, 2, 1.5), TypeError, "n_layers", "1.5")


def test_layer_norm_at_the_edges():
    layer = LayerNorm(3)
    check("LayerNorm(3)(x), x of shape (3,)", layer(Tensor([1, 2, 3])), layer(Tensor([[1, 2, 3]]))[0])
    check("LayerNorm(3)(x), x of shape (0, 3)", layer(zeros(0, 3)), zeros(0, 3))
    check("LayerNorm(3) of whole numbers", layer(tensor([[1, 2, 6]])), layer(Tensor([[1, 2, 6]])))
    check("LayerNorm(1)([[7]])", LayerNorm(1)(Tensor([[7]])), zeros(1, 1))
    check("large numbers", layer(Tensor([[1e18, -1e18, 0]])), Tensor([[1.2247448, -1.2247448, 0]]))
    for shape in [(2, 4), (3, 2), ()]:
        check_raises(f"LayerNorm(3)(x), x {shape}", lambda s=shape: layer(zeros(*s)), ValueError, "(3,)", shape)
    check_raises("LayerNorm(0)", lambda: LayerNorm(0), ValueError, "normalized_shape", "0")
    check_raises("LayerNorm((2, 1.5))", lambda: LayerNorm((2, 1.5)), TypeError, "1.5")


def test_feed_forward_at_the_edges():
    check("FeedForward(4, 3)(x), no rows", FeedForward(4, 3)(zeros(0, 4)).shape, (0, 4))
    check_raises("FeedForward(4)(x), x (2, 3)", lambda: FeedForward(4)(zeros(2, 3)), ValueError, "4", "(2, 3)")
    check_raises("FeedForward(4, 0)", lambda: FeedForward(4, 0), ValueError, "0")
    check_raises("TransformerBlock(4, 2, dropout=2)", lambda: TransformerBlock(4, 2, dropout=2), ValueError, "2")


@pytest.mark.parametrize("shape", [(5, 8), (1, 8), (3, 5, 8), (0, 5, 8)])
def test_blocks_over_shapes(shape):
    x = randn(*shape)
    check(f"TransformerBlock(8, 2)(x).shape, x {shape}", TransformerBlock(8, 2)(x, causal_mask(shape[-2])).shape, shape)
