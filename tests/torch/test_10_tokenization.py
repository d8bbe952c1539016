"""Byte-pair encoding learns the merges of the library `tokenizers` and gives its ids; every text comes back."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as TheirTokenizer

import tinytorch.text
from tinytorch.datasets import TinyTalks
from tinytorch.text import BYTE_ORDER, PIECES, BPETokenizer, CharTokenizer

SPECIAL = ["<|pad|>", "<|end|>"]  # no text here has them: in any text they would become ids of theirs
KINDS = [CharTokenizer, BPETokenizer]
TALKS = "\n".join(f"{question}\n{answer}" for question, answer in TinyTalks().pairs)
SOURCE = Path(tinytorch.text.__file__).read_text("utf-8")
# st.text() is drawn from all of Unicode but lone surrogates; few different letters make pairs that repeat
TEXTS = st.text(max_size=60)
REPEATS = st.text(st.sampled_from("aab\u00fc\u6771\U0001d11e 1.\n"), max_size=150)
ANY_TEXT = TEXTS | REPEATS | st.lists(TEXTS, max_size=4).map(lambda parts: "\u0301 ".join(parts))


def theirs(text, vocab_size):
    """Their byte-level tokenizer with our rule for pieces, trained on `text`."""
    tokenizer = TheirTokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PIECES.pattern), behavior="isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    facts = {"special_tokens": SPECIAL, "min_frequency": 2, "initial_alphabet": alphabet, "show_progress": False}
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(vocab_size=vocab_size, **facts))
    return tokenizer


def visible():
    """Their sign for each byte: itself where it can be seen, else one from U+0100 on."""
    hidden = [byte for byte in BYTE_ORDER if byte == 32 or not chr(byte).isprintable()]
    return {byte: chr(256 + hidden.index(byte)) if byte in hidden else chr(byte) for byte in range(256)}


SIGNS = visible()


def signs(token):
    return "".join(SIGNS[byte] for byte in token)


def agree(text, vocab_size):
    """Both trained on `text`: the same merges in the same order, the same ids for every token."""
    ours, other = BPETokenizer(SPECIAL).train(text, vocab_size), theirs(text, vocab_size)
    model = json.loads(other.to_str())["model"]
    merges = [[signs(ours.tokens[left]), signs(ours.tokens[right])] for left, right in ours.learned()]
    assert merges == model["merges"]
    assert {signs(token): i for i, token in enumerate(ours.tokens[2:], 2)} == {
        token: i for token, i in model["vocab"].items() if token not in SPECIAL
    }
    return ours, other


def test_the_signs_are_theirs():
    assert sorted(SIGNS.values()) == sorted(pre_tokenizers.ByteLevel.alphabet())


@pytest.mark.parametrize("vocab_size", [258, 300, 512, 1024, 4096])
@pytest.mark.parametrize("text", [TALKS, SOURCE], ids=["TinyTalks", "source"])
def test_merges_and_ids(text, vocab_size):
    ours, other = agree(text, vocab_size)
    for sample in [*TinyTalks("heldout").questions[:50], SOURCE[:5000], "\u0301e \U0001d11e\r\n\n\t x"]:
        assert ours.encode(sample) == other.encode(sample).ids
        assert ours.decode(ours.encode(sample)) == other.decode(ours.encode(sample)) == sample


@given(text=ANY_TEXT, sample=ANY_TEXT, more=st.integers(0, 60))
@example(text="aaaa aaa aa aaaaaaa " * 3, sample="aaaaaaaaaaa", more=9)
@example(text="abab baba " * 2, sample="ababab", more=9)
@example(text="a" * 200, sample="a" * 77, more=20)
def test_merges_and_ids_of_any_text(text, sample, more):
    ours, other = agree(text, 258 + more)
    assert ours.encode(sample) == other.encode(sample).ids


def test_special_tokens():
    ours, other = agree(TALKS, 300)
    text = "Who is there?<|end|>Nobody.<|end|><|pad|>"
    assert ours.encode(text, special=True) == other.encode(text).ids
    assert ours.encode(text) != other.encode(text).ids, "ours wants to be asked"
    assert ours.decode(other.encode(text).ids) == other.decode(other.encode(text).ids) == "Who is there?Nobody."


@given(text=ANY_TEXT)
@example(text="".join(map(chr, range(0x300))))
@example(text="\x1c\x85\u00a0\u2028\u3000 \x0b\x0c")
@example(text="a" * 100 + "1" * 100 + "!" * 100 + " " * 100)
def test_pieces_are_theirs(text):
    split = pre_tokenizers.Split(Regex(PIECES.pattern), behavior="isolated")
    assert PIECES.findall(text) == [piece for piece, _ in split.pre_tokenize_str(text)]
    assert "".join(PIECES.findall(text)) == text


# -- every text comes back -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANY_TEXT, learned=ANY_TEXT)
@example(text="\x00", learned="")
@example(text="\r\n\r\n", learned="\n\n\n")
@example(text="e\u0301\u00e9", learned="\u00e9\u00e9")
@example(text="<|end|>", learned="<|end|><|end|>")
def test_round_trip(kind, text, learned):
    tokenizer = kind(SPECIAL).train(learned, vocab_size=300)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == tokenizer.decode(ids, special=True) == text
    assert min(ids, default=2) >= 2
    assert tokenizer.decode(tokenizer.encode(text, special=True), special=True) == text


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANY_TEXT, learned=ANY_TEXT)
def test_files(kind, text, learned, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "tokenizer.json"
    tokenizer = kind(["<end>", text or "-"]).train(learned) if text != "<end>" else kind().train(learned)
    tokenizer.save(path)
    back = kind.load(path)
    assert back.tokens == tokenizer.tokens
    assert back.special_tokens == tokenizer.special_tokens
    assert back.encode(text, special=True) == tokenizer.encode(text, special=True)


@pytest.mark.parametrize("kind", KINDS)
@given(before=TEXTS, after=TEXTS, half=st.characters(categories=["Cs"]))
def test_lone_surrogates(kind, before, after, half):
    text = before + half + after
    for refused in (kind().encode, kind().train):
        with pytest.raises(ValueError, match=f"character {len(before)} .*surrogate"):
            refused(text)
