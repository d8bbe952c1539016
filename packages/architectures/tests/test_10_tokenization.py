"""Tokenizers on any text there is: round trips, files, special tokens, bad input, ids in Tensors, TinyTalks."""

import json
import random
import time

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, tensor
from tinytorch.datasets import TinyTalks
from tinytorch.testing import check, check_raises, check_true
from tinytorch.text import PIECES, BPETokenizer, CharTokenizer, PairIndex, learn_explicit

ENGLISH = "The other day they bathed there. That is that, and the rest is the rest: 10 of 100, 100%. "
MIXED = ENGLISH + "Über die Brücke, über den Fluss. Την Κυριακή. 東京と京都 \U0001d11e e\u0301\n\tx\r\n"
KINDS = [CharTokenizer, BPETokenizer]
RANGES = [(0, 128), (0x80, 0x800), (0x300, 0x370), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def trained(kind, text=MIXED * 2, vocab_size=300):
    return kind(["<pad>", "<end>"]).train(text, vocab_size=vocab_size)


def any_text(words):
    """A text of up to 60 characters from all of Unicode, blanks and repeats more often than by chance."""
    ranges = [words.choice([*RANGES, (32, 33), (97, 100)]) for _ in range(words.randrange(60))]
    return "".join(chr(words.randrange(low, high)) for low, high in ranges)


@every_kind
def test_any_text_comes_back(kind):
    words, tokenizer = random.Random(1), trained(kind)
    for text in [MIXED, "", " ", "\n\n  \n", "\x00", "\ufffd", "\ufeff", "e\u0301\u0323", "\U0010ffff" * 70, "a" * 200]:
        check(f"decode(encode({text[:40]!a}))", tokenizer.decode(tokenizer.encode(text)), text)
    for _ in range(300):
        text = any_text(words)
        check(f"decode(encode({text!a}))", tokenizer.decode(tokenizer.encode(text)), text)


@every_kind
def test_before_training_there_are_bytes(kind):
    check(f"{kind.__name__}().vocab_size", kind().vocab_size, 256)
    check("the number of ids for U+6771", len(kind().encode("\u6771")), 3)
    check("each byte is a token of its own", sorted(kind().tokens), [bytes([b]) for b in range(256)])


@every_kind
def test_the_same_text_gives_the_same_vocabulary(kind):
    first, again = trained(kind), trained(kind)
    check("the tokens of a second training", again.tokens, first.tokens)
    again.train("something else entirely, else", vocab_size=270).train(MIXED * 2, vocab_size=300)
    check("the tokens after another training in between", again.tokens, first.tokens)
    check("its ids", again.encode(MIXED), first.encode(MIXED))


@every_kind
def test_train_returns_the_tokenizer(kind):
    tokenizer = kind()
    check("train(...) is the tokenizer itself", tokenizer.train("abc") is tokenizer, True)
    check("train of an empty text learns nothing", tokenizer.train("").vocab_size, 256)


@every_kind
def test_what_is_no_text_is_refused(kind):
    tokenizer = trained(kind)
    for name, call in {
        "encode": lambda text: tokenizer.encode(text),
        "encode with special=True": lambda text: tokenizer.encode(text, special=True),
        "train": lambda text: tokenizer.train(text),
    }.items():
        check_raises(f'{name} of "ab\\ud800"', lambda call=call: call("ab\ud800"), ValueError, "surrogate", "2")
        check_raises(f'{name} of b"ab"', lambda call=call: call(b"ab"), TypeError, "bytes")
        check_raises(f"{name} of None", lambda call=call: call(None), TypeError, "NoneType")
    check("a failed training has changed nothing", tokenizer.tokens, trained(kind).tokens)


@every_kind
def test_a_vocabulary_that_is_too_small_is_refused(kind):
    tokenizer = kind(["<pad>", "<end>"])
    check_raises("vocab_size=257", lambda: tokenizer.train("a", vocab_size=257), ValueError, "257", "258")
    check_raises("vocab_size=-1", lambda: tokenizer.train("a", vocab_size=-1), ValueError, "-1")
    check_raises("vocab_size=300.5", lambda: tokenizer.train("a", vocab_size=300.5), TypeError, "300.5")
    check("vocab_size=258", tokenizer.train(MIXED, vocab_size=258).vocab_size, 258)
    check("vocab_size=np.int64(259)", tokenizer.train(MIXED, vocab_size=np.int64(259)).vocab_size, 259)


# -- ids -----------------------------------------------------------------------------------------------------


@every_kind
def test_ids_come_in_any_form(kind):
    tokenizer = trained(kind)
    ids = tokenizer.encode(ENGLISH)
    check("the type of encode(...)", type(ids) is list and all(type(i) is int for i in ids), True)
    for name, given in {
        "an array": np.array(ids),
        "an array of float32": np.array(ids, np.float32),
        "a Tensor": Tensor(ids),
        "a Tensor of whole numbers": tensor(ids),
        "a tuple": tuple(ids),
        "a list of Tensors": list(tensor(ids)),
        "an iterator": iter(ids),
    }.items():
        check(f"decode of {name}", tokenizer.decode(given), ENGLISH)
    check("decode of none", tokenizer.decode([]), "")
    check("decode of an empty Tensor", tokenizer.decode(Tensor([])), "")


@every_kind
def test_ids_that_are_none(kind):
    tokenizer = trained(kind)
    size = tokenizer.vocab_size
    wrong = [[size], [0, -1], [1.5], [float("nan")], [float("inf")], [None], ["a"], "ab", 5, [[1, 2]], [10**30]]
    for ids in [*wrong, np.zeros((2, 2)), Tensor([[1.0]]), Tensor(3.0), Tensor([1.0, size])]:
        check_raises(f"decode({ids!r})", lambda ids=ids: tokenizer.decode(ids), ValueError, "id")
    check_raises(f"decode([{size}])", lambda: tokenizer.decode([size]), ValueError, size, f"0 ... {size - 1}")


@every_kind
def test_ids_that_are_no_text(kind):
    tokenizer = trained(kind)
    words = random.Random(2)
    for _ in range(50):
        ids = [words.randrange(tokenizer.vocab_size) for _ in range(20)]
        text = tokenizer.decode(ids)
        check(f"decode(encode(...)) of what decode({ids}) gives", tokenizer.decode(tokenizer.encode(text)), text)


# -- special tokens ------------------------------------------------------------------------------------------


@every_kind
def test_special_tokens_come_from_nowhere_else(kind):
    tokenizer = kind(["<pad>", "<end>", "é"]).train("<end> <end> <pad> é é " * 5, vocab_size=300)
    check("special_tokens", tokenizer.special_tokens, {"<pad>": 0, "<end>": 1, "é": 2})
    for text in ("<end>", "é", "a<pad>b", "<end><end>"):
        ids = tokenizer.encode(text)
        check_true(f"encode({text!a}) has no special id", min(ids) > 2)
        check(f"decode of encode({text!a})", tokenizer.decode(ids), text)
        check(f"decode of encode({text!a}), special=True", tokenizer.decode(ids, special=True), text)


@every_kind
def test_special_tokens_when_asked_for(kind):
    tokenizer = kind(["<a>", "<a><b>", ".*"]).train(MIXED, vocab_size=300)
    ids = tokenizer.encode("x<a><b>.*<a>y.", special=True)
    want = [*tokenizer.encode("x"), 1, 2, 0, *tokenizer.encode("y.")]
    check('encode("x<a><b>.*<a>y.", special=True): the longest name first', ids, want)
    check("decode of it, special=True", tokenizer.decode(ids, special=True), "x<a><b>.*<a>y.")
    check("decode of it", tokenizer.decode(ids), "xy.")
    check('encode("", special=True)', tokenizer.encode("", special=True), [])
    check("without special tokens", kind().encode("<a>", special=True), kind().encode("<a>"))


@every_kind
def test_names_that_cannot_be(kind):
    check("a generator of names", kind(name for name in ("a", "b")).special_tokens, {"a": 0, "b": 1})
    check_raises('special_tokens=["<a>", "<a>"]', lambda: kind(["<a>", "<a>"]), ValueError, "different")
    check_raises('special_tokens=[""]', lambda: kind([""]), ValueError, "character")
    check_raises('special_tokens="<pad>"', lambda: kind("<pad>"), TypeError, "list", "<pad>")
    check_raises("special_tokens=[3]", lambda: kind([3]), TypeError, "int")


# -- files ---------------------------------------------------------------------------------------------------


@every_kind
def test_a_file_brings_back_the_same_tokenizer(kind, tmp_path):
    tokenizer, path = trained(kind), tmp_path / "tokenizer.json"
    tokenizer.save(path)
    back = kind.load(str(path))
    check("the tokens from the file", back.tokens, tokenizer.tokens)
    check("its special tokens", back.special_tokens, tokenizer.special_tokens)
    check("its ids", back.encode(MIXED + "<end>", special=True), tokenizer.encode(MIXED + "<end>", special=True))
    back.save(tmp_path / "again.json")
    check("the file saved again", (tmp_path / "again.json").read_bytes(), path.read_bytes())
    facts = json.loads(path.read_text("utf-8"))
    check("what the file says of itself", (facts["version"], facts["kind"]), (1, kind.__name__))


@every_kind
def test_a_file_that_was_laid_out_anew_is_the_same(kind, tmp_path):
    tokenizer, path = trained(kind), tmp_path / "tokenizer.json"
    tokenizer.save(path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=2, ensure_ascii=False), "utf-8")
    check("the tokens from an indented file", kind.load(path).tokens, tokenizer.tokens)


@every_kind
def test_damaged_files_are_refused(kind, tmp_path):
    path = tmp_path / "tokenizer.json"
    trained(kind).save(path)
    content = path.read_text("utf-8")
    facts = json.loads(content)
    changed = {**facts, "learned": facts["learned"][:-1]}
    less = {name: value for name, value in facts.items() if name != "learned"}
    other = KINDS[KINDS[0] is kind]
    for what, text, word in [
        ("half of it", content[: len(content) // 2], "damaged"),
        ("nothing", "", "damaged"),
        ("bytes that are no text", "\udcff", "damaged"),
        ("a list", "[1, 2]", "no tokenizer's file"),
        ("another format", json.dumps({"model": {}}), "no tokenizer's file"),
        ("a later version", json.dumps({**facts, "version": 2}), "version 2"),
        ("no version", json.dumps({**facts, "version": None}), "version None"),
        ("one entry less", json.dumps(changed), "damaged"),
        ("no entries", json.dumps(less), "damaged"),
        ("another name", content.replace("<pad>", "<bad>"), "damaged"),
    ]:
        path.write_text(text, "utf-8", errors="surrogateescape")
        check_raises(f"load of a file with {what}", lambda: kind.load(path), ValueError, "tokenizer.json", word)
    trained(other).save(path)
    check_raises(f"load of a {other.__name__}", lambda: kind.load(path), ValueError, f"{other.__name__}.load")
    check_raises("load of no file", lambda: kind.load(tmp_path / "none.json"), FileNotFoundError, "none.json")


# -- byte-pair encoding --------------------------------------------------------------------------------------


def test_pieces_are_the_text():
    words = random.Random(3)
    for _ in range(300):
        text = any_text(words)
        check(f"the pieces of {text!a}, joined", "".join(PIECES.findall(text)), text)
        check_true("no piece is longer than 33 characters", max(map(len, PIECES.findall(text)), default=0) <= 33)
    tokenizer = trained(BPETokenizer)
    check_true("no token reaches over a blank", not any(b" " in token[1:].strip() for token in tokenizer.tokens))


def test_training_is_the_plain_loop():
    words = random.Random(4)
    for _ in range(20):
        text = "".join(words.choices("aaabc \u00fc", k=200))
        tokenizer = BPETokenizer(["<end>"]).train(text, vocab_size=287)
        spelled = [tokenizer.spell(piece) for piece in PIECES.findall(text)]
        check(f"the merges learned from {text!a}", tokenizer.learned(), learn_explicit(spelled, 257, 30)[0])
        check("how the pieces are encoded", tokenizer.encode(text), merged(spelled, tokenizer.merges))


def merged(words, merges):
    """Each merge over all words, in the order of learning: the definition of encoding."""
    index = PairIndex(words, [1] * len(words))
    for pair, new in merges.items():
        index.replace(pair, new)
    return [token for word in index.words for token in word]


def test_every_token_is_reached():
    """A text that is one token alone is encoded as this token: none is there twice, none in vain."""
    tokenizer = trained(BPETokenizer, vocab_size=330)
    check("how many different tokens there are", len(set(tokenizer.tokens[2:])), tokenizer.vocab_size - 2)
    for i in range(258, tokenizer.vocab_size):
        token = tokenizer.tokens[i]
        text = token.decode(errors="ignore")
        if text.encode() == token:
            check(f"encode({text!a})", tokenizer.encode(text), [i])


def test_more_merges_shorten_and_keep_what_was_learned():
    small, large = trained(BPETokenizer, vocab_size=280), trained(BPETokenizer, vocab_size=310)
    check("the first tokens of a larger vocabulary", large.tokens[:280], small.tokens)
    lengths = [len(t.encode(MIXED)) for t in (BPETokenizer(), small, large)]
    check("lengths of the text: bytes, 280, 310 tokens", lengths, sorted(set(lengths), reverse=True))


def test_tinytalks_in_a_moment():
    talks = TinyTalks()
    text = "\n".join(f"{question}\n{answer}" for question, answer in talks.pairs)
    began = time.perf_counter()
    tokenizer = BPETokenizer(["<pad>", "<end>"]).train(text, vocab_size=1024)
    took = time.perf_counter() - began
    check("its vocab_size", tokenizer.vocab_size, 1024)
    check_true("training takes less than 5 seconds", took < 5, f"it took {took:.1f} s")
    check_true("three characters a token", len(tokenizer.encode(text)) < len(text) / 3)
    for question, answer in talks.pairs[:200]:
        check(f"decode(encode({answer!r}))", tokenizer.decode(tokenizer.encode(answer)), answer)
        check(f"decode(encode({question!r}))", tokenizer.decode(tokenizer.encode(question)), question)
