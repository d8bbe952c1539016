"""TinyTalks: 3,000 short questions and their answers, in plain English. Its data sheet is TINYTALKS.md."""

import hashlib
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("tinytalks.txt")
SHA256 = "35f9a9b655ece02a79e29c2afce91322dbb325acf21388bbdbdb5ac40b3ea630"
SPLITS = ("train", "heldout", "unseen")


class TinyTalks:
    """Pairs of a question and its answer: 2,500 to train on, 400 held out, 100 about facts that are never shown.

    split: "train"; "heldout", other wordings of questions about the same facts; or "unseen", sums and differences
        whose answers are nowhere in "train".
    pairs: the (question, answer) texts, mixed; topics: what each is about, one word ("capital", "sum", "colour").

    Needs no network. A damaged file is a ValueError, as is a split that there is not.

    >>> talks = TinyTalks(split="heldout")
    >>> talks
    TinyTalks: 400 questions and answers (heldout)
    >>> talks[0]
    ('I want to know what a dog says.', 'A dog says woof.')
    """

    def __init__(self, split: str = "train") -> None:
        if split not in SPLITS:
            raise ValueError(f"TinyTalks has the splits {', '.join(SPLITS)}, not {split!r}")
        rows = _parts()[split]
        self.split = split
        self.topics = [topic for topic, _, _ in rows]
        self.pairs = [(question, answer) for _, question, answer in rows]

    @property
    def questions(self) -> list[str]:
        """The questions alone, in the order of the pairs."""
        return [question for question, _ in self.pairs]

    @property
    def answers(self) -> list[str]:
        """The answers alone, in the order of the pairs."""
        return [answer for _, answer in self.pairs]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: Any) -> Any:
        """(question, answer) for a whole number; a list of them for a slice."""
        return self.pairs[index]

    def __repr__(self) -> str:
        return f"TinyTalks: {len(self):,} questions and answers ({self.split})"


def _parts() -> dict[str, list[tuple[str, str, str]]]:
    """Split -> rows of (topic, question, answer). A line `[split]` is followed by the rows of that split."""
    parts: dict[str, list[tuple[str, str, str]]] = {}
    for line in _content().decode().splitlines():
        if line.startswith("["):
            rows = parts[line.strip("[]")] = []
        else:
            topic, question, answer = line.split("\t")
            rows.append((topic, question, answer))
    return parts


def _content() -> bytes:
    content = FILE.read_bytes().replace(b"\r\n", b"\n")  # a clone on Windows may have other line ends
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"{FILE} is damaged: {len(content):,} bytes with SHA-256 {found[:12]}..., "
            f"wanted {SHA256[:12]}.... Install tinytorch-architectures again."
        )
    return content
