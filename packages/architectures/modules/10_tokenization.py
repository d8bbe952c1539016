# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A picture is a grid of numbers before anybody touches it. A sentence is not. Before a model can
# read one, it has to become a list of whole numbers, and whatever the model writes has to become a
# sentence again. The numbers are called *ids*, what each of them stands for is a *token*, and all
# tokens together are the *vocabulary*.
#
# What should a token be? A word is too much: there is no end of words, and the next text brings one
# that the vocabulary lacks. A character is safer, but Unicode has more than 150,000 of them. And a
# character is not what a file holds. A file holds bytes, of which there are only 256, and UTF-8
# writes a character as one to four of them:

# %%
#| default_exp text
for text in ("hello", "Z\u00fcrich", "\u6771\u4eac", "\U0001d11e"):
    print(f"{text!a:16} {len(text)} characters, {len(text.encode())} bytes: {list(text.encode())}")

# %% [markdown]
# With the 256 bytes as vocabulary every text can be written, and nothing is ever unknown. The price
# is length: a hundred ids for a hundred letters of English, three hundred for a hundred characters of
# Japanese. A model reads them one by one, and pays for each.
#
# So there are two sizes, and they pull against each other. A large vocabulary makes texts short; but
# a model keeps a row of numbers for each token, and the rows are parameters. A small one saves the
# rows and makes texts long. This chapter builds a tokenizer whose vocabulary has any size that you
# ask for, and measures what each size costs. It promises one thing that is not for sale: *what is
# encoded and decoded again is the same text*, whatever its language, down to the last blank.
#
# ## Build
#
# ### A token is a few bytes
#
# Everything below shares one table. `tokens` leads from an id to the bytes that it stands for, `ids`
# leads back. First come the *special tokens*, if there are any, such as `<end>`: ids that stand for
# no bytes at all, so no text can contain them. Then the 256 bytes. What is learned comes after.
#
# Which byte has which id makes no difference to a model. We take the order of GPT-2: first the bytes
# that are a visible character in Latin-1, then the others. It will let us hold our ids against those
# of another program, number by number.
#
# Decoding is then one look-up for each id. Two details: the bytes of *all* tokens are joined before
# they become text, because a token may end in the middle of a character. And a list of ids that is
# no text, as a model may produce it, becomes the mark U+FFFD where it breaks, not an error.
#
# Files are given. A file says what it is, which version, and has a checksum: a tokenizer that is
# only slightly wrong would go on working, and produce nonsense.

# %% solution="tokenizer"
#| export
#| hint What has to be remembered about a new token, so that both ways, id to bytes and back, can be found?
#| hint Its id is the number of tokens so far. In decode, look each id up, join the bytes, and only then make text.
#| hint self.ids[token] = len(self.tokens), then append; b"".join(tokens[i] for i in ...).decode(errors="replace").
import heapq
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from numbers import Integral
from pathlib import Path
from typing import Any, Self

Pair = tuple[int, int]
BYTE_ORDER = sorted(range(256), key=lambda b: (b == 32 or not chr(b).isprintable(), b))
FORMAT, VERSION = "tinytorch tokenizer", 1


def checked_text(text: str) -> str:
    """`text` itself; TypeError if it is no str, ValueError for half of a surrogate pair, which has no bytes."""
    if not isinstance(text, str):
        raise TypeError(f"a tokenizer reads a str, not {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        lone = f"character {error.start} of the text, {text[error.start]!r}"
        raise ValueError(f"{lone}, is half of a surrogate pair: alone it stands for nothing") from None
    return text


def special_ids(names: Sequence[str]) -> dict[str, int]:
    """{name: id} for the names of special tokens; TypeError or ValueError if they cannot be names."""
    if isinstance(names, str):
        raise TypeError(f"special_tokens is a list of names, not one str: {names!r}")
    names = list(names)
    ids = {checked_text(name): i for i, name in enumerate(names)}
    if len(ids) < len(names) or "" in ids:
        raise ValueError(f"special tokens need different names of at least one character: {names}")
    return ids


def token_ids(ids: Iterable[int], limit: int) -> list[int]:
    """`ids`, a list, an array or a Tensor, as a list; ValueError for what is not whole or not in 0 ... limit - 1."""
    try:
        values = ids.tolist() if hasattr(ids, "tolist") else list(ids)
        whole = [int(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"ids are one row of whole numbers, not {ids!r:.60}") from None
    for value, i in zip(values, whole, strict=True):
        if value != i or not 0 <= i < limit:
            raise ValueError(f"id {value} is none of the ids 0 ... {limit - 1}")
    return whole


def checksum(facts: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(facts, sort_keys=True).encode())


def read_file(path: str | Path, kind: str) -> dict[str, Any]:
    """What `save` wrote to `path`; ValueError if the file is another one, or not what it was."""
    try:
        facts = json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no tokenizer's file, or a damaged one: {error}") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ValueError(f"{path} is no tokenizer's file: it does not say format {FORMAT!r}")
    if facts.get("version") != VERSION:
        raise ValueError(f"{path} has version {facts.get('version')!r}, this program reads version {VERSION}")
    if facts.pop("checksum", None) != checksum(facts):
        raise ValueError(f"{path} is damaged: its content does not fit its checksum")
    if facts["kind"] != kind:
        raise ValueError(f"{path} holds a {facts['kind']}: read it with {facts['kind']}.load")
    return facts


class Tokenizer:
    """What all tokenizers share: a table of tokens, each of a few bytes, and the way back to text.

    Subclasses write `encode_plain`, `learn` and `learned`. Special tokens have the first ids, in the order given.

    >>> tokenizer = Tokenizer(special_tokens=["<pad>", "<end>"])
    >>> tokenizer.vocab_size, tokenizer.special_tokens["<end>"], tokenizer.ids[b"a"]
    (258, 1, 66)
    >>> tokenizer.decode([74, 75, 1]), tokenizer.decode([74, 75, 1], special=True)
    ('ij', 'ij<end>')
    """

    def __init__(self, special_tokens: Sequence[str] = ()) -> None:
        self.special_tokens = special_ids(special_tokens)
        self.clear()

    def clear(self) -> None:
        """Forget what was learned: special tokens and the 256 bytes are left."""
        self.tokens: list[bytes] = [b""] * len(self.special_tokens)
        self.ids: dict[bytes, int] = {}
        for byte in BYTE_ORDER:
            self.add(bytes([byte]))

    @property
    def vocab_size(self) -> int:
        return len(self.tokens)

    def add(self, token: bytes) -> int:
        """Enter `token` in the table, under the next free id, and return the id."""
        ### BEGIN SOLUTION
        self.ids[token] = len(self.tokens)
        self.tokens.append(token)
        return self.ids[token]
        ### END SOLUTION

    def restart(self, text: str, vocab_size: int | None) -> int | None:
        """Before training: look at its inputs, clear, and return how many tokens may be learned (None: any number)."""
        checked_text(text)
        self.clear()
        if vocab_size is None:
            return None
        if not isinstance(vocab_size, Integral):
            raise TypeError(f"vocab_size is a whole number, not {vocab_size!r}")
        if vocab_size < self.vocab_size:
            least = f"{self.vocab_size}: {len(self.special_tokens)} special tokens and the 256 bytes"
            raise ValueError(f"vocab_size {vocab_size} is too small, the least is {least}")
        return vocab_size - self.vocab_size

    def spell(self, text: str) -> list[int]:
        """`text` byte by byte, an id for each."""
        return [self.ids[bytes([byte])] for byte in text.encode()]

    def encode(self, text: str, special: bool = False) -> list[int]:
        """The ids of `text`; decode() gives the same text back.

        The name of a special token in the text is text like any other. Only with `special=True` does it become
        the special id: never say so for a text that somebody else wrote.
        """
        if not special or not self.special_tokens:
            return self.encode_plain(checked_text(text))
        names = sorted(self.special_tokens, key=len, reverse=True)
        parts = re.split(f"({'|'.join(map(re.escape, names))})", checked_text(text))  # every second one is a name
        found = [[self.special_tokens[part]] if i % 2 else self.encode_plain(part) for i, part in enumerate(parts)]
        return [token for part in found for token in part]

    def decode(self, ids: Iterable[int], special: bool = False) -> str:
        """The text of `ids`, a list, an array or a Tensor. Special tokens are left out, or named with `special=True`.

        Bytes that are no text become U+FFFD. Raises ValueError for an id that is not in the vocabulary.
        """
        tokens = self.tokens
        if special:
            tokens = [*(name.encode() for name in self.special_tokens), *tokens[len(self.special_tokens) :]]
        ### BEGIN SOLUTION
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
        ### END SOLUTION

    def encode_plain(self, text: str) -> list[int]:
        raise NotImplementedError(f"{type(self).__name__} has no encode_plain yet")

    def learn(self, entry: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no learn yet")

    def learned(self) -> list[Any]:
        raise NotImplementedError(f"{type(self).__name__} has no learned yet")

    def save(self, path: str | Path) -> None:
        """Write the vocabulary to `path` as JSON."""
        facts = {"format": FORMAT, "version": VERSION, "kind": type(self).__name__}
        facts |= {"special_tokens": list(self.special_tokens), "learned": self.learned()}
        Path(path).write_text(json.dumps({**facts, "checksum": checksum(facts)}), "utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The tokenizer that `save` wrote to `path`; ValueError if the file is damaged or another one."""
        facts = read_file(path, cls.__name__)
        tokenizer = cls(facts["special_tokens"])
        for entry in facts["learned"]:
            tokenizer.learn(entry)
        return tokenizer

    def __repr__(self) -> str:
        return f"{type(self).__name__}(vocab_size={self.vocab_size}, special_tokens={list(self.special_tokens)})"


# %% test="tokenizer" points=10
from tinytorch.testing import check, check_raises, check_true


def test_add():
    tokenizer = Tokenizer(special_tokens=["<end>"])
    check('Tokenizer(special_tokens=["<end>"]).vocab_size', tokenizer.vocab_size, 257)
    check('add(b"he") returns the next id', tokenizer.add(b"he"), 257)
    check('ids[b"he"] afterwards', tokenizer.ids.get(b"he"), 257)
    check("tokens[257] afterwards", tokenizer.tokens[-1], b"he")
    check("the first byte's id comes after the special token", tokenizer.ids[b"!"], 1)


def test_decode():
    tokenizer = Tokenizer(special_tokens=["<pad>", "<end>"])
    for text in ("", "hello", "Z\u00fcrich", "\u6771\u4eac \U0001d11e", "a\x00b\r\n"):
        check(f"decode() of the bytes of {text!a}", tokenizer.decode(tokenizer.spell(text)), text)


def test_decode_what_is_no_text():
    tokenizer = Tokenizer(special_tokens=["<pad>", "<end>"])
    half = tokenizer.spell("\u00fc")[:1]
    check("decode() of the first of the two bytes of U+00FC", lambda: tokenizer.decode(half), "\ufffd")
    check_raises("decode([1000])", lambda: tokenizer.decode([1000]), ValueError, "1000", "257")
    check_raises("decode([-1])", lambda: tokenizer.decode([-1]), ValueError, "-1")


def test_decode_special():
    tokenizer = Tokenizer(special_tokens=["<pad>", "<end>"])
    ids = [*tokenizer.spell("hi"), 1, 0]
    check('decode() of "hi", <end>, <pad>', tokenizer.decode(ids), "hi")
    check("the same with special=True", tokenizer.decode(ids, special=True), "hi<end><pad>")


test_add()
test_decode()
test_decode_what_is_no_text()
test_decode_special()

# %% [markdown]
# ### One character, one token
#
# The simplest thing to learn from a text is which characters it has. A character of one byte is in
# the table already; each other one that occurs gets a token of its own. If there is not room for
# all, the most frequent ones get it. A character that did not occur is not lost: it is spelled in
# bytes, as before.
#
# What Unicode calls a character is not always what the eye calls one. The letter "e" with an accent
# may be one character, or an "e" followed by an accent that has no width. We do not decide: both
# come back as they were.

# %% solution="char-tokenizer"
#| export
#| hint Which characters of the text need a token of their own, and what is done with those that have none?
#| hint train: count the characters of more than one byte, sort them. encode_plain: for each, its id or its bytes' ids.
#| hint sorted(counts, key=lambda c: (-counts[c], c))[:room]; then self.learn(c); self.spell(c) where ids has no token.


class CharTokenizer(Tokenizer):
    """A token for each byte, and one for each character of more than one byte that training has seen.

    >>> tokenizer = CharTokenizer().train("z\u00fcrich")
    >>> tokenizer.vocab_size, len(tokenizer.encode("\u00fcber")), len(tokenizer.encode("\u00e9t\u00e9"))
    (257, 4, 5)
    >>> tokenizer.decode(tokenizer.encode("\u00e9t\u00e9")) == "\u00e9t\u00e9"
    True
    """

    def learn(self, character: str) -> None:
        self.add(character.encode())

    def learned(self) -> list[str]:
        return [token.decode() for token in self.tokens[len(self.special_tokens) + 256 :]]

    def train(self, text: str, vocab_size: int | None = None) -> Self:
        """Learn the characters of `text`, the most frequent first (among equals, the smaller code); returns self.

        `vocab_size` is an upper limit, special tokens and bytes included; ValueError if these do not fit.
        """
        room = self.restart(text, vocab_size)
        ### BEGIN SOLUTION
        counts = Counter(c for c in text if len(c.encode()) > 1)
        for character in sorted(counts, key=lambda c: (-counts[c], c))[:room]:
            self.learn(character)
        ### END SOLUTION
        return self

    def encode_plain(self, text: str) -> list[int]:
        """The ids of `text`, without special tokens: one a character, or one a byte where it is unknown."""
        ### BEGIN SOLUTION
        ids = []
        for character in text:
            known = self.ids.get(character.encode())
            ids += self.spell(character) if known is None else [known]
        return ids
        ### END SOLUTION


# %% test="char-tokenizer" points=14
def test_characters_are_learned():
    tokenizer = CharTokenizer(["<pad>"]).train("\u00fcber b\u00fccher, \u6771, \u00e9")
    check("the characters learned, the most frequent first", tokenizer.learned(), ["\u00fc", "\u00e9", "\u6771"])
    check("its vocab_size: 1 + 256 + 3", tokenizer.vocab_size, 260)
    tokenizer.train("\u00e9", vocab_size=300)
    check("the characters learned, after training again", tokenizer.learned(), ["\u00e9"])


def test_characters_with_a_limit():
    tokenizer = CharTokenizer().train("\u00fc\u00e9\u00e9\u00e5", vocab_size=258)
    check('train("\\u00fc\\u00e9\\u00e9\\u00e5", vocab_size=258)', tokenizer.learned(), ["\u00e9", "\u00e5"])
    check_raises("vocab_size=255", lambda: CharTokenizer().train("a", vocab_size=255), ValueError, "255", "256")


def test_characters_encoded():
    tokenizer = CharTokenizer().train("\u00fc")
    a, ue = tokenizer.ids[b"a"], tokenizer.ids["\u00fc".encode()]
    check('encode("a\\u00fca")', tokenizer.encode("a\u00fca"), [a, ue, a])
    unseen = "\u6771"
    check('encode("\\u6771"), which it has not seen', lambda: tokenizer.encode(unseen), tokenizer.spell(unseen))


def test_characters_come_back():
    tokenizer = CharTokenizer(["<end>"]).train("z\u00fcrich")
    for text in ("", "\u00fcber", "e\u0301 and \u00e9", "\x00\n\r", "\u6771\u4eac", "\U0001d11e <end>"):
        check(f"decode(encode({text!a}))", tokenizer.decode(tokenizer.encode(text)), text)


test_characters_are_learned()
test_characters_with_a_limit()
test_characters_encoded()
test_characters_come_back()

# %% [markdown]
# ### Which neighbours meet most often
#
# For English the character tokenizer learns nothing: every letter is one byte. To make texts
# shorter a token has to span several letters. Which ones? *Byte-pair encoding* asks the text. It
# takes the pair of neighbours that occurs most often, gives the pair a token, and starts again with
# the text that is now shorter. "t" and "h" become "th", and later "th" and "e" become "the".
#
# First the question itself. Words are lists of ids here; a pair never crosses from one word to the
# next. Neighbours overlap: in 7 7 7 the pair (7, 7) occurs twice.
#
# Then the answer, which must not depend on luck. If two pairs occur equally often the one with the
# smaller ids wins, so that the same text gives the same vocabulary everywhere. A pair that occurs
# once is not worth a token: it would shorten the text by one, and cost a row.

# %% solution="pairs"
#| export
#| hint A word of n ids has how many pairs of neighbours? And what do you compare when two counts are equal?
#| hint pairwise(word) walks over the neighbours; min() can compare tuples, a negative count first.
#| hint counts.update(pairwise(word)); min(counts, key=lambda pair: (-counts[pair], pair), default=None).


def count_pairs(words: Iterable[Sequence[int]]) -> Counter[Pair]:
    """How often each pair of neighbouring ids occurs in the words.

    >>> count_pairs([[1, 2, 1, 2], [2, 1]])
    Counter({(1, 2): 2, (2, 1): 2})
    """
    counts = Counter()
    ### BEGIN SOLUTION
    for word in words:
        counts.update(pairwise(word))
    ### END SOLUTION
    return counts


def most_frequent(counts: Counter[Pair]) -> Pair | None:
    """The pair with the largest count, among equals the smallest; None if no pair occurs twice.

    >>> most_frequent(Counter({(5, 6): 3, (2, 9): 3, (1, 1): 2}))
    (2, 9)
    """
    ### BEGIN SOLUTION
    pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
    return pair if counts[pair] > 1 else None
    ### END SOLUTION


# %% test="pairs" points=12
def test_count_pairs():
    check("count_pairs([[1, 2, 1, 2], [2, 1]])", dict(count_pairs([[1, 2, 1, 2], [2, 1]])), {(1, 2): 2, (2, 1): 2})
    check("count_pairs([[7, 7, 7]]): they overlap", dict(count_pairs([[7, 7, 7]])), {(7, 7): 2})
    check("count_pairs([[1], [2], []]): no word has a pair", dict(count_pairs([[1], [2], []])), {})


def test_most_frequent():
    check("the most frequent of (1, 2): 3, (8, 0): 5", most_frequent(Counter({(1, 2): 3, (8, 0): 5})), (8, 0))
    tie = {(5, 6): 3, (2, 9): 3, (2, 10): 3, (0, 0): 2}
    check(f"the most frequent of {tie}", most_frequent(Counter(tie)), (2, 9))
    check("the most frequent where each occurs once", most_frequent(Counter({(1, 2): 1, (3, 4): 1})), None)
    check("the most frequent of none", most_frequent(Counter()), None)


test_count_pairs()
test_most_frequent()

# %% [markdown]
# ### One merge
#
# Wherever the pair stands in a word, its two ids become one new id. Go from left to right, and once
# a pair is taken, go on behind it: 7 7 7 with (7, 7) becomes 9 7, not 9 9.

# %% solution="merge"
#| export
#| hint After a pair was replaced, at which place does the search go on?
#| hint Walk with an index i: either two ids are taken and the new one written, or one id is copied.
#| hint while i < len(ids): if tuple(ids[i : i + 2]) == pair, append new and add 2 to i; else append ids[i] and add 1.


def merge(ids: Sequence[int], pair: Pair, new: int) -> list[int]:
    """A new list in which `new` stands wherever `pair` stood, taken from the left.

    >>> merge([1, 2, 3, 1, 2], (1, 2), 9)
    [9, 3, 9]
    """
    out, i = [], 0
    ### BEGIN SOLUTION
    while i < len(ids):
        found = tuple(ids[i : i + 2]) == pair
        out.append(new if found else ids[i])
        i += 2 if found else 1
    ### END SOLUTION
    return out


# %% test="merge" points=10
def test_merge():
    check("merge([1, 2, 3, 1, 2], (1, 2), 9)", merge([1, 2, 3, 1, 2], (1, 2), 9), [9, 3, 9])
    check("merge([2, 1, 1], (1, 2), 9)", merge([2, 1, 1], (1, 2), 9), [2, 1, 1])
    check("merge([3, 1, 2], (1, 2), 9): the pair at the end", merge([3, 1, 2], (1, 2), 9), [3, 9])
    check("merge([], (1, 2), 9)", merge([], (1, 2), 9), [])


def test_merge_overlapping():
    check("merge([7, 7, 7], (7, 7), 9)", merge([7, 7, 7], (7, 7), 9), [9, 7])
    check("merge([7, 7, 7, 7], (7, 7), 9)", merge([7, 7, 7, 7], (7, 7), 9), [9, 9])


def test_merge_leaves_its_input_alone():
    ids = [1, 2, 3]
    check("merge([1, 2, 3], (1, 2), 9)", merge(ids, (1, 2), 9), [9, 3])
    check("the list afterwards", ids, [1, 2, 3])


test_merge()
test_merge_overlapping()
test_merge_leaves_its_input_alone()

# %% [markdown]
# ### The training, written out
#
# Now the loop. Count all pairs of all words, take the most frequent, merge it in every word, and
# again. Each time the whole text is looked at: add up how many pairs that are. The count is the
# price of the plain way, and we shall want to see it.

# %% solution="learn-explicit"
#| export
#| hint Which of the three functions that you have comes first in a round, and when is the loop over before its time?
#| hint In a round: count, add the counts' sum to `looked`, choose, stop at None, merge in each word, note the pair.
#| hint counts.total(); words = [merge(word, pair, first + len(merges)) for word in words]; merges.append(pair).


def learn_explicit(words: Sequence[Sequence[int]], first: int, steps: int) -> tuple[list[Pair], int]:
    """At most `steps` merges, learned by counting all pairs each time; the n-th new token has id first + n.

    Returns the pairs in the order learned, and how many pairs were looked at in all.

    >>> learn_explicit([[1, 2, 3], [1, 2, 3], [2, 3]], first=10, steps=5)
    ([(2, 3), (1, 10)], 7)
    """
    merges, looked = [], 0
    while len(merges) < steps:
        ### BEGIN SOLUTION
        counts = count_pairs(words)
        looked += counts.total()
        pair = most_frequent(counts)
        if pair is None:
            break
        words = [merge(word, pair, first + len(merges)) for word in words]
        merges.append(pair)
        ### END SOLUTION
    return merges, looked


# %% test="learn-explicit" points=10
def test_learn_explicit():
    words = [[1, 2, 3], [1, 2, 3], [2, 3]]
    check(f"learn_explicit({words}, first=10, steps=1)", learn_explicit(words, 10, 1), ([(2, 3)], 5))
    want = ([(2, 3), (1, 10)], 7)
    check(f"learn_explicit({words}, first=10, steps=5): none is left after two", learn_explicit(words, 10, 5), want)
    check("the words afterwards", words, [[1, 2, 3], [1, 2, 3], [2, 3]])
    check("learn_explicit([[1]], first=10, steps=3)", learn_explicit([[1]], 10, 3), ([], 0))


def test_new_tokens_are_merged_again():
    got = learn_explicit([[7] * 8, [7] * 8], first=8, steps=3)[0]
    check("learn_explicit([[7] * 8, [7] * 8], first=8, steps=3)", got, [(7, 7), (8, 8), (9, 9)])


test_learn_explicit()
test_new_tokens_are_merged_again()

# %% [markdown]
# ### Count once, then correct
#
# The loop wastes its time in two ways. "the" stands in a text thousands of times, and is counted
# thousands of times; once, with a number beside it, is enough. And a merge touches few words, yet
# all are counted again.
#
# `PairIndex` keeps the counts and corrects them. Where a b is merged into N, between neighbours x
# and y, this happens, and nothing else:
#
# ```
# before   ...  x  a  b  y  ...      the pairs  xa  ab  by  are gone
# after    ...  x   N    y  ...      the pairs  xN  Ny      are new
# ```
#
# So take the ids around the place before and after the change, subtract the pairs of the one and add
# those of the other, each as often as the word occurs. Given are `find`, and `most_frequent`, which
# no longer goes through all counts: a *heap* keeps the pairs so that the smallest entry is at its
# head. Counts that shrink are left in it and corrected when they come up.

# %% solution="pair-index"
#| export
#| hint Which ids does one merge touch at most, counted from the place i of the pair?
#| hint Keep word[start : i + 3] from before, put the new id in, take word[start : i + 2], with start = max(i - 1, 0).
#| hint Subtract n from `change` for each pair of the first, add n for each pair of the second, and w to where[pair].


def find(word: list[int], pair: Pair, start: int) -> int:
    """The first place of `pair` in `word`, from `start` on; -1 if there is none.

    >>> find([1, 2, 1, 2], (1, 2), 1)
    2
    """
    try:
        while True:
            start = word.index(pair[0], start, len(word) - 1)
            if word[start + 1] == pair[1]:
                return start
            start += 1
    except ValueError:
        return -1


class PairIndex:
    """Counts of all pairs in different words, where words[i] occurs times[i] times, kept up to date.

    >>> index = PairIndex([[1, 2, 3], [2, 3]], times=[2, 1])
    >>> index.most_frequent()
    (2, 3)
    >>> index.replace((2, 3), 10)
    >>> index.words, index.most_frequent()
    ([[1, 10], [10]], (1, 10))
    """

    def __init__(self, words: Iterable[Sequence[int]], times: Iterable[int]) -> None:
        self.words, self.times = [list(word) for word in words], list(times)
        self.counts: Counter[Pair] = Counter()
        self.where: defaultdict[Pair, set[int]] = defaultdict(set)  # in which words a pair may be
        for w, word in enumerate(self.words):
            for pair in pairwise(word):
                self.counts[pair] += self.times[w]
                self.where[pair].add(w)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapq.heapify(self.heap)

    def most_frequent(self) -> Pair | None:
        """As the function of this name, without going through all counts."""
        while self.heap:
            count, pair = self.heap[0]
            if -count == self.counts[pair]:
                return pair if -count > 1 else None
            heapq.heapreplace(self.heap, (-self.counts[pair], pair))
        return None

    def replace(self, pair: Pair, new: int) -> None:
        """Merge `pair` into `new` in every word that has it, and correct the counts."""
        change = Counter()
        for w in self.where.pop(pair, ()):
            self.replace_in(w, pair, new, change)
        for changed, by in change.items():
            self.counts[changed] += by
            if by > 0:
                heapq.heappush(self.heap, (-self.counts[changed], changed))
        self.counts[pair] = 0  # whatever became of the counts, no pair is chosen twice

    def replace_in(self, w: int, pair: Pair, new: int, change: Counter[Pair]) -> None:
        """Merge `pair` into `new` in word w itself; by how much counts change goes into `change`."""
        word, n, i = self.words[w], self.times[w], 0
        while (i := find(word, pair, i)) >= 0:
            ### BEGIN SOLUTION
            start = max(i - 1, 0)
            before = word[start : i + 3]
            word[i : i + 2] = [new]
            after = word[start : i + 2]
            for gone in pairwise(before):
                change[gone] -= n
            for added in pairwise(after):
                change[added] += n
                self.where[added].add(w)
            ### END SOLUTION


# %% test="pair-index" points=14
def counted_again(index):
    """The counts that the index should have."""
    counts = Counter()
    for word, n in zip(index.words, index.times, strict=True):
        counts.update({pair: n * count for pair, count in count_pairs([word]).items()})
    return dict(counts)


def test_replace():
    for word in ([1, 2], [5, 1, 2], [1, 2, 6], [5, 1, 2, 6], [1, 2, 1, 2, 1, 2], [1, 1, 2, 2]):
        index = PairIndex([word, [8, 1]], times=[3, 1])
        index.replace((1, 2), 9)
        call = f"PairIndex([{word}, [8, 1]], times=[3, 1]).replace((1, 2), 9)"
        check(f"words after {call}", index.words[0], merge(word, (1, 2), 9))
        got = {pair: count for pair, count in index.counts.items() if count}
        check(f"counts after {call}", sorted(got.items()), sorted(counted_again(index).items()))


def test_replace_overlapping():
    for length in range(2, 7):
        index = PairIndex([[7] * length], times=[1])
        index.replace((7, 7), 9)
        got = {pair: count for pair, count in index.counts.items() if count}
        want = sorted(counted_again(index).items())
        check(f"counts of a word of {length} sevens after replace((7, 7), 9)", sorted(got.items()), want)


def test_index_learns_what_the_loop_learns():
    words = ["the", "then", "other", "there", "banana", "bandana", "aaaa", "a"]
    words = [list(word.encode()) for word in words]
    index, times, learned = PairIndex(words, range(1, 9)), range(1, 9), []
    while len(learned) < 20 and (pair := index.most_frequent()):
        index.replace(pair, 256 + len(learned))
        learned.append(pair)
    every = [word for word, n in zip(words, times, strict=True) for _ in range(n)]
    check("the merges of a PairIndex, those of learn_explicit", learned, learn_explicit(every, 256, 20)[0])


test_replace()
test_replace_overlapping()
test_index_learns_what_the_loop_learns()

# %% [markdown]
# ### Byte-pair encoding
#
# What is a word? If pairs crossed blanks, the vocabulary would fill with tokens such as "e t" and
# "s. The". So a text is cut into *pieces* first, and merges stay inside them. The rule is a regular
# expression of four parts: letters, digits, other signs, each with one blank in front if there is
# one; and white space. Whatever is not ASCII counts as a letter. Two things matter more than the
# rule itself. Every character falls into exactly one part, so the pieces joined *are* the text. And
# a piece has at most 32 characters, so a text without blanks does not become one endless word.
#
# Training, then: cut the text, count the pieces, and fill the table. `learn` enters one merge, and
# keeps it in `merges`, pair to new id.
#
# Encoding a piece replays the training. Spell it in bytes. Of all neighbours that are a known pair,
# merge the pair that was *learned first*, which is the one with the smallest new id. Go on until no
# pair is known.

# %% solution="bpe-tokenizer"
#| export
#| hint In train: what does PairIndex need to know of each different piece? In encode_piece: which pair goes first?
#| hint Loop while there is room and a pair: learn it, then replace it in the index. Encode: min of the known pairs.
#| hint PairIndex([self.spell(p) for p in pieces], pieces.values()); min(known, key=self.merges.get), then merge(...).
LETTERS = "a-zA-Z\x80-\U0010ffff"
SPACE = " \t\n\r"
LONGEST = "{1,32}"
PIECES = re.compile(f" ?[{LETTERS}]{LONGEST}| ?[0-9]{LONGEST}| ?[^{LETTERS}0-9{SPACE}]{LONGEST}|[{SPACE}]{LONGEST}")


class BPETokenizer(Tokenizer):
    """Byte-pair encoding: 256 bytes, and tokens merged from the pairs that were most frequent in training.

    >>> tokenizer = BPETokenizer(["<end>"]).train("the cat and the hat", vocab_size=300)
    >>> tokenizer.tokens[257:]
    [b'at', b'he', b'the']
    >>> [tokenizer.tokens[i] for i in tokenizer.encode("the bat")]
    [b'the', b' ', b'b', b'at']
    >>> tokenizer.decode(tokenizer.encode("the bat"))
    'the bat'
    """

    def clear(self) -> None:
        super().clear()
        self.merges: dict[Pair, int] = {}

    def learn(self, pair: Sequence[int]) -> None:
        """Enter the token that the two tokens of `pair` make together."""
        left, right = pair
        self.merges[left, right] = self.add(self.tokens[left] + self.tokens[right])

    def learned(self) -> list[Pair]:
        return list(self.merges)

    def train(self, text: str, vocab_size: int = 512) -> Self:
        """Learn merges from `text` until there are `vocab_size` tokens, or no pair occurs twice; returns self.

        Special tokens and bytes are included in vocab_size; ValueError if these do not fit.
        """
        room = self.restart(text, vocab_size)
        ### BEGIN SOLUTION
        pieces = Counter(PIECES.findall(text))
        index = PairIndex([self.spell(piece) for piece in pieces], pieces.values())
        while len(self.merges) < room and (pair := index.most_frequent()):
            self.learn(pair)
            index.replace(pair, self.merges[pair])
        ### END SOLUTION
        return self

    def encode_piece(self, piece: str) -> list[int]:
        """The ids of one piece: its bytes, merged in the order in which the merges were learned."""
        ids = self.spell(piece)
        ### BEGIN SOLUTION
        while known := [pair for pair in pairwise(ids) if pair in self.merges]:
            pair = min(known, key=self.merges.get)
            ids = merge(ids, pair, self.merges[pair])
        ### END SOLUTION
        return ids

    def encode_plain(self, text: str) -> list[int]:
        """The ids of `text`, without special tokens. Each different piece is encoded once."""
        pieces = PIECES.findall(text)
        known = {piece: self.encode_piece(piece) for piece in set(pieces)}
        return [token for piece in pieces for token in known[piece]]


# %% test="bpe-tokenizer" points=22
def pieces_of(tokenizer, text):
    return [tokenizer.tokens[i] for i in tokenizer.encode(text)]


def test_bpe_training():
    tokenizer = BPETokenizer(["<end>"]).train("the cat and the hat", vocab_size=300)
    check("the tokens learned", tokenizer.tokens[257:], [b"at", b"he", b"the"])
    check("its vocab_size: no other pair occurs twice", tokenizer.vocab_size, 260)
    tokenizer.train("the cat and the hat", vocab_size=258)
    check("the tokens learned with vocab_size=258", tokenizer.tokens[257:], [b"at"])


def test_bpe_counts_pieces_as_often_as_they_occur():
    tokenizer = BPETokenizer().train("ab cd cd cd", vocab_size=257)
    check('the first token learned from "ab cd cd cd"', tokenizer.tokens[256:], [b"cd"])


def test_bpe_encodes_in_the_order_of_learning():
    tokenizer = BPETokenizer()
    for pair in (b"bc", b"ab", b"cd"):
        tokenizer.learn([tokenizer.ids[pair[:1]], tokenizer.ids[pair[1:]]])
    check('"abcd" after learning bc, ab, cd', pieces_of(tokenizer, "abcd"), [b"a", b"bc", b"d"])
    check('"abxcd"', pieces_of(tokenizer, "abxcd"), [b"ab", b"x", b"cd"])
    tokenizer.learn([tokenizer.ids[b"a"], tokenizer.ids[b"bc"]])
    check('"abcdabc" after learning a with bc', pieces_of(tokenizer, "abcdabc"), [b"abc", b"d", b"abc"])


def test_bpe_comes_back():
    tokenizer = BPETokenizer(["<end>"]).train("the other day they bathed there", vocab_size=280)
    for text in ("", "the day", "  tabs\tand\r\n\nlines ", "e\u0301 \u6771\u4eac", "\x00\x7f", "9.5%!", "a" * 100):
        check(f"decode(encode({text!a}))", tokenizer.decode(tokenizer.encode(text)), text)


def test_bpe_special_tokens():
    tokenizer = BPETokenizer(["<e>", "<end>"]).train("the end the end <end> <end>", vocab_size=270)
    check_true('no special id in encode("<end>")', min(tokenizer.encode("the <end>")) > 1)
    check("decode of it", tokenizer.decode(tokenizer.encode("the <end>")), "the <end>")
    ids = tokenizer.encode("<end>the<e>", special=True)
    check('encode("<end>the<e>", special=True)', ids, [1, *tokenizer.encode("the"), 0])
    check("decode of it", tokenizer.decode(ids), "the")


test_bpe_training()
test_bpe_counts_pieces_as_often_as_they_occur()
test_bpe_encodes_in_the_order_of_learning()
test_bpe_comes_back()
test_bpe_special_tokens()

# %% [markdown]
# ## Use
#
# TinyTalks: 2,500 questions with their answers, in plain English. What does a vocabulary of 512
# learn from them first, and what becomes of a question?

# %%
from tinytorch.core.tensor import tensor
from tinytorch.datasets import TinyTalks

talks = TinyTalks()
everything = "\n".join(f"{question}\n{answer}" for question, answer in talks.pairs)
tokenizer = BPETokenizer(["<pad>", "<end>"]).train(everything, vocab_size=512)

print(f"{len(everything):,} characters, {tokenizer}")
print("learned first:", *(repr(token.decode()) for token in tokenizer.tokens[258:278]))
print("learned last: ", *(repr(token.decode()) for token in tokenizer.tokens[-12:]))
question, answer = talks[0]
print(f"{question!r} is", *(repr(tokenizer.tokens[i].decode()) for i in tokenizer.encode(question)))
for each in (question, answer):
    assert tokenizer.decode(tokenizer.encode(each)) == each

# %% [markdown]
# A blank and the letter after it come first: the beginnings of words. After 254 merges frequent
# words are whole, and a rare one is still put together from pieces.
#
# Now the special tokens earn their ids. `<end>` says where a question stops and where its answer
# does. And texts of different lengths make no grid of numbers, unless the short ones are filled up
# with `<pad>`:

# %%
pad, end = tokenizer.special_tokens["<pad>"], tokenizer.special_tokens["<end>"]
rows = [[*tokenizer.encode(question), end, *tokenizer.encode(answer), end] for question, answer in talks[:8]]
longest = max(len(row) for row in rows)
batch = tensor([row + [pad] * (longest - len(row)) for row in rows])
print(f"a batch of shape {batch.shape}; {(batch.data == pad).mean():.0%} of it is padding")
print(tokenizer.decode(batch[0], special=True))
assert tokenizer.decode(batch[0]) == talks[0][0] + talks[0][1]

# %% [markdown]
# Does the size of the vocabulary matter to a model? Here is the simplest one there is: it knows
# which token follows which, and how often. That is `count_pairs` over the whole text. It writes by
# throwing dice.

# %%
import random


def babble(tokenizer: Tokenizer, text: str, length: int) -> str:
    """At least `length` characters; each token is drawn from those that followed the one before in `text`."""
    ids, dice, followers = tokenizer.encode(text), random.Random(0), defaultdict(Counter)
    for (left, right), count in count_pairs([ids]).items():
        followers[left][right] = count
    out = [ids[0]]
    while len(tokenizer.decode(out[-length:])) < length:
        choice = followers[out[-1]] or {ids[0]: 1}
        out += dice.choices(list(choice), list(choice.values()))
    return tokenizer.decode(out)


words, share = set(everything.split()), {}
for size in (256, 300, 512, 1024):
    said = babble(BPETokenizer().train(everything, size), everything, 3000)
    share[size] = sum(word in words for word in said.split()) / len(said.split())
    print(f"{size:5} tokens, {share[size]:4.0%} words: {said[:56]!r}")
assert share[256] < 0.3
assert share[1024] > 0.85

# %% [markdown]
# The same model, which remembers one token and nothing else. With bytes it writes noise, with a
# thousand tokens nearly all words exist. A token that carries more makes a short memory longer.
#
# ## Measure
#
# **The loop against the index.** The first 20,000 characters of TinyTalks, 100 merges. The loop
# looks at every pair of the text in every round. Predict how many that is in all, and how many
# times faster the index will be.

# %%
from time import perf_counter

start = everything[:20_000]
spelled = [tokenizer.spell(piece) for piece in PIECES.findall(start)]
began = perf_counter()
merges, looked = learn_explicit(spelled, first=258, steps=100)
slow = perf_counter() - began
began = perf_counter()
quick = BPETokenizer(["<pad>", "<end>"]).train(start, vocab_size=358)
fast = perf_counter() - began
print(f"{len(spelled):,} pieces, {len(set(map(tuple, spelled))):,} different; {looked:,} pairs looked at")
print(f"loop {slow * 1e3:.0f} ms, index {fast * 1e3:.0f} ms: {slow / fast:.0f} times faster")
assert merges == quick.learned()
assert slow > 10 * fast

# %% [markdown]
# **Size against length.** Train on the 2,500 pairs, encode the 400 that are held out. If the
# vocabulary doubles, does the text become half as long? Predict the last two columns: a model keeps
# a row for each token, say of 64 numbers of 4 bytes; and work that compares each token of a text
# with each other one grows with the length squared (256 + 2 tokens, the bare bytes, count as 1).

# %%
held_out = "\n".join(f"{question}\n{answer}" for question, answer in TinyTalks("heldout").pairs)
lengths = {}
print("vocabulary  learned in    tokens  characters a token    rows of 64  length squared")
for size in (258, 320, 384, 512, 768, 1024, 2048):
    began = perf_counter()
    trained = BPETokenizer(["<pad>", "<end>"]).train(everything, size)
    took = perf_counter() - began
    lengths[trained.vocab_size] = length = len(trained.encode(held_out))
    each, squared = len(held_out) / length, (length / len(held_out)) ** 2
    kilobytes = trained.vocab_size * 64 * 4 / 1000
    print(f"{trained.vocab_size:10,} {took:8.2f} s {length:11,} {each:19.2f} {kilobytes:10.0f} kB {squared:15.3f}")
sizes = list(lengths)
assert lengths[258] == len(held_out)
assert all(lengths[a] > lengths[b] for a, b in pairwise(sizes))
assert round(lengths[320] / lengths[258], 1) == 0.6
assert round(lengths[1024] / lengths[512], 1) == 0.8
assert sizes[-1] < 2048

# %% [markdown]
# The first 62 merges take away two fifths of the length. The 512 after 512 take away a fifth of what
# is left. And 2,048 were never reached, because no pair occurred twice any more; the last tokens
# are words that TinyTalks has twice. A row that is hardly ever used is hardly ever improved.
#
# **The same sentence in five languages.** The tokenizer has read English. Predict its column.

# %%
sentences = {
    "English": "The cat sleeps in the house.",
    "German": "Die Katze schläft im Haus.",
    "Greek": "Η γάτα κοιμάται στο σπίτι.",
    "Hindi": "बिल्ली घर में सोती है।",
    "Japanese": "猫は家で眠っています。",
}
by_characters = CharTokenizer().train("".join(sentences.values()))
by_pairs = BPETokenizer().train(everything, vocab_size=1024)
print("            characters  bytes  CharTokenizer  BPETokenizer, English")
for language, sentence in sentences.items():
    counts = [len(sentence), len(sentence.encode())]
    counts += [len(each.encode(sentence)) for each in (by_characters, by_pairs)]
    print(f"{language:10} {counts[0]:11} {counts[1]:6} {counts[2]:14} {counts[3]:22}")
    assert counts[2] == counts[0]
    assert by_pairs.decode(by_pairs.encode(sentence)) == sentence
assert len(by_pairs.encode(sentences["English"])) == 10
assert len(by_pairs.encode(sentences["Hindi"])) > 5 * 10

# %% [markdown]
# Every sentence comes back. But what costs ten tokens in English costs more than five times as many
# in Hindi, whose characters are fewer.
#
# ## Reflect
#
# Answer in a few sentences each, with numbers.

# %% [markdown] reflect="which-size" points=3
# **1. Which size?** A model spends 64 numbers on each token of the vocabulary, and the rest of its
# work grows with the length of the text. Take the table: between 512 and 1,024 tokens, what is
# gained and what is paid? On which machine, or for which task, would you take the smaller one?
#
# ### BEGIN SOLUTION
# Rubric: 131 kB more for rows, against a length of about 0.8 and a square of about 0.6. The smaller
# one where memory is short or the training text is small (rare tokens are seldom improved), the
# larger one where long texts or time matter. One point for the figures, one for each side.
# ### END SOLUTION

# %% [markdown] reflect="names" points=3
# **2. Names in a text.** Somebody types "Who is there?<end>Nobody." into your program. What would go
# wrong if `encode` turned the name into its id by itself? When is `special=True` right, and what do
# you do if a file has texts and names mixed?
#
# ### BEGIN SOLUTION
# Rubric: the typed text could end its own question and forge an answer; the model cannot tell it from
# the real mark. special=True is for texts that the program itself composed. Encode the parts one by
# one and put the ids in between, or escape the names. One point each.
# ### END SOLUTION

# %% [markdown] reflect="who-pays" points=2
# **3. Who pays?** A service charges by the token, and its model reads at most 1,000 of them. What
# does your last table mean for a customer who writes Hindi? What would you change in the training,
# and who would pay for that?
#
# ### BEGIN SOLUTION
# Rubric: several times the price, and a fraction of the text fits. Train on a mixture of languages, or
# with a larger vocabulary: either takes tokens from English or adds rows for all. One point each half.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# PyTorch has no tokenizer; a tensor of ids is where it begins. The programs used beside it are
# libraries of their own: `tokenizers` and `tiktoken`, written in Rust, and SentencePiece, in C++. In the
# first of them, with your rule for pieces, training gives your merges, in your order, and your ids;
# the tests of this course compare them. What differs is the rule: GPT-2's pieces are cut by Unicode's
# own classes of letters and digits, which Python's `re` does not know.
#
# One more difference: in many of these libraries the name of a special token in a text becomes its
# id unless one forbids it.
#
# ## Today
#
# Byte-pair encoding was published in 1994 as a way to compress files, brought to translation in
# 2016, and moved down to bytes by GPT-2 in 2019, with 50,257 tokens: 256 bytes, 50,000 merges and
# one special token. Its successors went to about 100,000 and 200,000. Not because more tokens
# understand more: texts become shorter, and length is what long documents are paid for with.
#
# Much that seems odd in such models begins here. They miscount the letters of a word that is one
# token to them. They found sums hard while numbers were cut wherever a merge happened to fall. And
# text to ids to text is safe, but ids to text to ids is not: a model may write "th" and "e" where
# the tokenizer would have written "the".
