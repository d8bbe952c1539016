"""Generation with a cache beside the Transformer that computes all anew: batches, padding, edges, bad input."""

import numpy as np
import pytest

from tinytorch.core.autograd import enable_autograd
from tinytorch.core.tensor import Tensor, manual_seed, observers, peak_memory, tensor
from tinytorch.generation import (
    KVCache,
    cache_bytes,
    generate,
    left_pad,
    memoize,
    next_logits,
    places_with,
    places_without,
    watching,
)
from tinytorch.nn import CrossEntropyLoss, Dropout, Module, Transformer
from tinytorch.nn import generate as generate_of_13
from tinytorch.optim import Adam
from tinytorch.testing import check, check_raises, check_true

SHAPES = [(8, 2, 1), (12, 3, 2), (16, 1, 3), (6, 6, 2)]  # d_model, n_heads, n_layers


def model(d_model=8, n_heads=2, n_layers=2, vocab=13, max_len=24, **options):
    """A model with biases that are not zero, to which places matter much."""
    manual_seed(5)
    made, draws = Transformer(vocab, d_model, n_heads, n_layers, max_len=max_len, **options), np.random.default_rng(5)
    for parameter in made.parameters():
        parameter.data += draws.normal(0, 0.3, parameter.shape).astype(np.float32)
    made.positions.weight.data *= 4
    made.norm.bias.data *= 0.1
    return made.eval()


def ids(*shape, vocab=13):
    return np.random.default_rng(1).integers(0, vocab, shape)


@pytest.mark.parametrize("sizes", SHAPES, ids=str)
@pytest.mark.parametrize("batch", [1, 3])
def test_any_transformer_token_by_token(sizes, batch):
    reader, text = model(*sizes), ids(batch, 20)
    want, cache = reader(text), KVCache(reader, batch)
    for end in range(1, 21):
        got = next_logits(reader, text[:, end - 1 : end], cache)
        check(f"next_logits after {end} ids, Transformer with (d_model, heads, layers) {sizes}", got, want[:, end - 1])


@pytest.mark.parametrize("lengths", [(1, 9), (4, 4, 2), (7, 1, 3, 5)], ids=str)
def test_texts_of_different_lengths(lengths):
    reader = model(n_layers=3)
    texts, new = [ids(n).tolist() for n in lengths], ids(len(lengths), 4)
    rows, padding = left_pad(texts, filling=12)
    cache = KVCache(reader, len(texts), padding=padding)
    got = [next_logits(reader, rows, cache), *(next_logits(reader, new[:, i : i + 1], cache) for i in range(4))]
    for b, text in enumerate(texts):
        for i, scores in enumerate(got):
            alone = reader([*text, *new[b, :i].tolist()])[-1]
            check(f"text {b} of texts of {lengths} ids, {i} ids later, beside the text alone", scores[b], alone)


def test_padding_that_comes_column_by_column():
    reader, texts = model(), [[1, 2, 3, 4], [5, 6], [7]]
    rows, padding = left_pad(texts)
    cache = KVCache(reader, 3, padding=padding)
    with np.errstate(all="raise", under="ignore"):
        got = [next_logits(reader, rows[:, i : i + 1], cache) for i in range(4)][-1]
    for b, text in enumerate(texts):
        check(f"next_logits of {text}, padded, column by column", got[b], reader(text)[-1])


def test_what_the_padding_holds_makes_no_difference():
    reader, texts = model(), [[1, 2, 3], [4]]
    got = []
    for filling in (0, 12):
        rows, padding = left_pad(texts, filling)
        got.append(next_logits(reader, rows, KVCache(reader, 2, padding=padding)))
    check("next_logits of texts filled up with 0, and with 12", got[0], got[1])


@pytest.mark.parametrize("options", [{"temperature": 0}, {"seed": 1}, {"seed": 2, "temperature": 3.0, "top_k": 4}])
def test_the_same_tokens_as_without(options):
    writer, prompt = model(), ids(3, 5)
    want = generate_of_13(writer, prompt, 15, **options)
    check(f"generate(model, ids (3, 5), 15, {options})", generate(writer, prompt, 15, **options), want)
    check("the same with cache=False", generate(writer, prompt, 15, **options, cache=False), want)


def test_the_shared_generator_draws_without_a_seed():
    writer, texts = model(), []
    for write in (generate, generate_of_13):
        manual_seed(8)
        texts.append(write(writer, [1, 2], 9))
    check("generate(model, [1, 2], 9) after manual_seed(8)", texts[0], texts[1])


def test_ids_of_every_kind():
    writer, want = model(), generate_of_13(model(), [[1, 2]], 3, temperature=0)
    for given in ([[1, 2]], ((1, 2),), np.array([[1, 2]], np.int32), tensor([[1, 2]]), Tensor([[1.0, 2.0]])):
        check(f"generate(model, {given!r}, 3, temperature=0)", generate(writer, given, 3, temperature=0), want)
    mixed = generate(writer, [np.array([1, 2]), (3,)], 3, temperature=0)
    check("generate of an array and a tuple of different lengths: the first", mixed[0], want[0])
    check("the type of its ids", mixed[1].dtype, np.dtype(np.int64))


def test_nothing_to_write():
    writer = model()
    check("generate(model, [1, 2], 0)", generate(writer, [1, 2], 0), tensor([1, 2]))
    check("generate(model, ids of max_len, 0)", generate(writer, [1] * 24, 0).shape, (24,))
    check("generate(model, ids of max_len, 1): the last id is never read", generate(writer, [1] * 24, 1).shape, (25,))


def test_long_texts_need_a_model_without_a_cache():
    writer = model(max_len=6)
    call = "generate(model, [1, 2], 6), max_len 6"
    check_raises(call, lambda: generate(writer, [1, 2], 6), ValueError, "max_len 6", "cache=False")
    want = [generate_of_13(writer, text, 9, temperature=0) for text in ([1, 2, 3, 4], [5])]
    got = generate(writer, [[1, 2, 3, 4], [5]], 9, temperature=0, cache=False)
    check("generate of two lengths, 9 tokens, max_len 6, cache=False", got, want)


@pytest.mark.parametrize(("prompt", "new"), [(1, 20), (5, 3), (7, 1), (3, 0)])
def test_the_count_is_what_the_model_sees(prompt, new):
    writer = model(n_layers=2)
    for cache, places in ((False, places_without), (True, places_with)):
        with watching() as work:
            generate(writer, ids(2, prompt), new, cache=cache)
        call = f"places in 2 layers of 2 texts, {new} tokens after {prompt}, cache={cache}"
        check(call, work.places, 2 * 2 * places(prompt, new))


def test_watching_ends_with_an_error():
    before = list(observers)

    def fails():
        model()([[1, 2]])
        raise KeyError

    with pytest.raises(KeyError), watching() as work:
        fails()
    check("the places of a model of 2 layers, up to the error", work.places, 4)
    check_true("the observers at the door are those of before", observers == before)


@pytest.mark.parametrize(("sizes", "batch", "places"), [((8, 2, 3), 1, 24), ((12, 3, 2), 5, 7), ((16, 4, 1), 2, 1)])
def test_bytes_are_predicted(sizes, batch, places):
    reader, made = model(*sizes), []
    traced = peak_memory(lambda: made.append(KVCache(reader, batch, places)))
    want = cache_bytes(sizes[2], sizes[0], places, batch)
    check(f"KVCache(model {sizes}, {batch}, {places}).nbytes", made[0].nbytes, want)
    check_true(
        "what Python has in use for it is that and a little", want <= traced < want + 4000, f"{traced} for {want}"
    )


def test_a_full_turn_makes_no_copy_of_the_cache():
    reader = model(d_model=64, n_heads=4, n_layers=2, max_len=2048)
    cache = KVCache(reader)
    next_logits(reader, ids(1, 1500), cache)
    peak = peak_memory(lambda: next_logits(reader, [[1]], cache))
    check_true("a token with 1,500 places kept needs little more", peak < cache.nbytes / 10, f"{peak:,} bytes")


def test_a_refused_turn_leaves_the_cache_as_it_was():
    reader, text = model(), ids(2, 6)
    cache = KVCache(reader, 2, capacity=6)
    next_logits(reader, text[:, :5], cache)
    refused = [
        ("2 ids where 1 is free", text[:, :2], ["full", "5 of 6"]),
        ("one text of two", text[:1, :1], ["2 texts"]),
        ("no ids", text[:, :0], ["(2, 0)"]),
        ("ids (2,)", text[:, 0], ["(2,)"]),
        ("an id that is none", [[13], [0]], ["13"]),
    ]
    for what, given, words in refused:
        check_raises(f"next_logits, {what}", lambda g=given: next_logits(reader, g, cache), ValueError, *words)
    got = next_logits(reader, text[:, 5:], cache)
    check("the turn after those that were refused", got, reader(text)[:, -1])


def test_a_cache_of_another_model():
    reader = model(n_layers=3)
    cache = KVCache(reader)
    next_logits(reader, [[1]], cache)
    check_raises("a cache of 3 layers, a model of 2", lambda: next_logits(model(), [[1]], cache), ValueError, "another")


def test_sizes_that_make_no_sense():
    reader = model()
    for call, make, error in [
        ("capacity=25", lambda: KVCache(reader, capacity=25), ValueError),
        ("capacity=0", lambda: KVCache(reader, capacity=0), ValueError),
        ("batch=-1", lambda: KVCache(reader, batch=-1), ValueError),
        ("batch=1.5", lambda: KVCache(reader, batch=1.5), TypeError),
        ("padding of -1", lambda: KVCache(reader, 2, padding=[0, -1]), ValueError),
    ]:
        check_raises(f"KVCache(model), {call}", make, error)
    check("the bytes of no places", cache_bytes(2, 8, 0), 0)


def test_prompts_that_make_no_sense():
    writer = model()
    for prompt in ([], [[1, 2], []], [[]], 5, [[[1]]], [1.5], [13], [[1, 2], [13]], [[1, 2], [-1, 0, 0]]):
        check_raises(f"generate(model, {prompt}, 2)", lambda p=prompt: generate(writer, p, 2), ValueError)
    for options in ({"temperature": -1}, {"top_k": 0}, {"temperature": float("nan")}):
        check_raises(f"generate(model, [1], 2, {options})", lambda o=options: generate(writer, [1], 2, **o), ValueError)
    check_raises("generate(model, [1], -1)", lambda: generate(writer, [1], -1), ValueError, "max_new_tokens")
    check("generate(model, [[12]], 1)", generate(writer, [[12]], 1).shape, (1, 2))


def test_dropout_is_no_pure_function():
    writer = model(dropout=0.3).train()
    cache = KVCache(writer)
    check_raises("next_logits in training mode", lambda: next_logits(writer, [[1]], cache), RuntimeError, "eval()")
    first, again = (generate(writer, [1, 2], 8, temperature=0) for _ in range(2))
    check("generate works in eval mode", first, again)
    modes = [part.training for _, part in writer.named_modules() if isinstance(part, (Dropout, Module))]
    check_true("and gives the model its mode back", all(modes))


def test_a_model_without_dropout_may_be_in_training_mode():
    reader = model().train()
    check(
        "next_logits of a model without dropout",
        next_logits(reader, [[1, 2]], KVCache(reader)),
        reader([[1, 2]])[:, -1],
    )


def test_nothing_is_recorded():
    reader = model()
    cache = KVCache(reader)
    for _ in range(3):
        got = next_logits(reader, [[1]], cache)
        check_true("next_logits needs no gradient", not got.requires_grad)


def test_autograd_is_enabled_while_work_is_watched():
    before = list(observers)
    with watching() as work:
        enable_autograd()
        model()([[1, 2, 3]])
    check("work.places, 2 layers, 3 places", work.places, 6)
    check_true("the observers afterwards", observers == before)


def test_a_trained_model_counts_on():
    manual_seed(0)
    writer = Transformer(vocab=8, d_model=16, n_heads=2, n_layers=1, max_len=24)
    optimizer, draws = Adam(writer.parameters(), lr=0.02), np.random.default_rng(0)
    for _ in range(150):
        rows = (draws.integers(0, 8, (16, 1)) + np.arange(13)) % 8
        optimizer.zero_grad()
        loss = CrossEntropyLoss()(writer(rows[:, :-1]).reshape(-1, 8), rows[:, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
    texts = generate(writer, [[2, 3, 4], [7], [5, 6]], 8, temperature=0)
    want = [np.arange(start, start + n) % 8 for start, n in ((2, 11), (7, 9), (5, 10))]
    check("a model that learned to count, from three beginnings", texts, [tensor(w) for w in want])


def test_memoize_forgets_nothing_and_mixes_nothing():
    calls = []
    halves = memoize(lambda *numbers: calls.append(numbers) or sum(numbers) / 2)
    check(
        "halves(1), halves(2), halves(1, 1), halves(1)",
        [halves(1), halves(2), halves(1, 1), halves(1)],
        [0.5, 1, 1, 0.5],
    )
    check("its calls", calls, [(1,), (2,), (1, 1)])
    check_raises("halves([1]): a list is no key", lambda: halves([1]), TypeError, "unhashable")


def test_memoize_does_not_keep_errors():
    count = []

    @memoize
    def sometimes():
        count.append(1)
        if len(count) == 1:
            raise KeyError
        return 3

    with pytest.raises(KeyError):
        sometimes()
    check("sometimes() after its first call failed", [sometimes(), sometimes(), len(count)], [3, 3, 2])
