"""2017: attention. A transformer learns to answer questions in English, one word after the other.

Needs modules 01 to 08 and 10 to 13. TinyTalks comes with them.

    python 2017_transformer.py [--epochs N] [--seed N] [--plot FILE] [--chat]

With --chat it then answers questions from the standard input, line by line, until it ends or a line is empty.
Exit code: 0 the criterion is met, 1 it is missed, 2 wrong arguments or no data.
"""

import argparse
import os
import re
import sys
import time
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from random import Random

# The products here are small: a second thread gains little, and loses much where something else is running.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tinytorch import manual_seed, no_grad, tensor
from tinytorch.data import DataLoader, TensorDataset
from tinytorch.datasets import TinyTalks
from tinytorch.nn import (
    CrossEntropyLoss,
    Embedding,
    Linear,
    Module,
    ReLU,
    Transformer,
    attention_weights,
    causal_mask,
    generate,
)
from tinytorch.optim import Adam
from tinytorch.text import BPETokenizer
from tinytorch.training import CosineAnnealingLR

HISTORY = """\
In 2017 Ashish Vaswani and seven others, most of them at Google, published "Attention Is All You Need": a
network that translates without recurrence, because in each layer every word can look at every other. The
attention in it was older: in 2014 Dzmitry Bahdanau, Kyunghyun Cho and Yoshua Bengio had given it to a
translator that was recurrent, and still read one word after the other. A transformer reads all words of a
text at once, so it could be trained on far more text than any network before, and the large language models
of today are transformers."""

WANTED = {"train": 0.90, "heldout": 0.60}  # share of the answers that must be right, to the letter
SECONDS = 300  # of training that 2 cores should need at most
# So many tokens that every word of the answers is one: a word that is put together can be put together wrongly.
VOCABULARY = 2048
WIDTH, HEADS, LAYERS = 64, 4, 2
EPOCHS, BATCH, RATE = 16, 32, 5e-3
SHOWN = 5  # held-out questions whose answers are printed
SAMPLE = 400  # training questions that are asked at the end
SENTENCE = "What is the capital of France?"  # its attention is drawn
WORD = r"[^\s.,?!]+"
REACH = 4  # tokens back that the network before it sees


# -- texts as rows of numbers ------------------------------------------------------------------------------------------


class Texts:
    """The tokenizer, learned from the training pairs, and their rows: question, <end>, answer, <end>, <pad>, ..."""

    def __init__(self, talks):
        everything = "\n".join(f"{question}\n{answer}" for question, answer in talks)
        self.tokenizer = BPETokenizer(["<pad>", "<end>"]).train(everything, vocab_size=VOCABULARY)
        self.pad, self.end = (self.tokenizer.special_tokens[name] for name in ("<pad>", "<end>"))
        pairs = [(self.ids(question), self.ids(answer)) for question, answer in talks]
        self.asked, self.said = (max(map(len, side)) for side in zip(*pairs, strict=True))  # the longest of each
        rows = [question + answer for question, answer in pairs]
        self.length = max(map(len, rows))
        self.rows = [row + [self.pad] * (self.length - len(row)) for row in rows]
        self.words = set(words(everything.lower()))

    def ids(self, text):
        return [*self.tokenizer.encode(text), self.end]

    def answer(self, ids):
        """The text up to the first <end>."""
        return self.tokenizer.decode(ids[: ids.index(self.end)] if self.end in ids else ids)


def words(text):
    return re.findall(WORD, text)


# -- three ways to continue a text -------------------------------------------------------------------------------------


class Bigram:
    """Counts which token follows which, and says the most frequent one: a look one token back, nothing to train."""

    def __init__(self, texts):
        followers = defaultdict(Counter)
        for row in texts.rows:
            for one, after in pairwise(row):
                followers[one][after] += after != texts.pad
        self.next = {one: counts.most_common(1)[0][0] for one, counts in followers.items()}

    def generate(self, ids, max_new_tokens, temperature=0):
        rows = ids.tolist()
        for _ in range(max_new_tokens):
            rows = [[*row, self.next[row[-1]]] for row in rows]
        return tensor(rows)


class Window(Module):
    """A network of one hidden layer, as of 1986, that slides over the text, as the filters of 1998 over a picture."""

    def __init__(self, vocab, reach):
        self.vocab, self.max_len = vocab, reach
        self.embedding = Embedding(vocab, WIDTH)
        self.hidden, self.relu, self.head = Linear(reach * WIDTH, 2 * WIDTH), ReLU(), Linear(2 * WIDTH, vocab)

    def forward(self, x, y=None):
        """Scores (B, N, vocab) of each next token, from the last `reach` ones; with y the loss."""
        x, reach = tensor(x), self.max_len
        rows = [[0] * (reach - 1) + row for row in x.tolist()]
        seen = tensor([[row[i : i + reach] for i in range(x.shape[1])] for row in rows])  # (B, N, reach)
        hidden = self.hidden(self.embedding(seen).reshape(*x.shape, -1))
        logits = self.head(self.relu(hidden))
        return logits if y is None else CrossEntropyLoss()(logits.reshape(-1, self.vocab), y.reshape(-1))

    def generate(self, ids, max_new_tokens, temperature=0):
        return generate(self, ids, max_new_tokens, temperature)


# -- training and asking -----------------------------------------------------------------------------------------------


def train(name, model, texts, heldout, epochs, seed):
    """{epoch: the share of held-out questions answered} for some epochs, and the seconds of training alone."""
    ids = tensor(texts.rows)
    loader = DataLoader(TensorDataset(ids[:, :-1], ids[:, 1:]), batch_size=BATCH, shuffle=True, seed=seed)
    optimizer = Adam(model.parameters(), lr=RATE)
    schedule = CosineAnnealingLR(optimizer, epochs * len(loader))
    curve, seconds = {}, 0
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        loss = one_epoch(model, loader, optimizer, schedule)
        took = time.perf_counter() - start
        seconds += took
        if epoch in (1, epochs) or epoch % max(1, epochs // 8) == 0:
            curve[epoch] = share(answers(model, texts, heldout), heldout)
            told = f"{name:13}  epoch {epoch:>3}/{epochs}  loss {loss:.4f}"
            print(f"  {told}  held out {curve[epoch]:.2%}  {took:.2f} s", flush=True)
    return curve, seconds


def one_epoch(model, loader, optimizer, schedule):
    """The mean loss."""
    total = 0
    for batch in loader:
        optimizer.zero_grad()
        loss = model(batch.x, batch.y)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
    return total / len(loader)


def answers(model, texts, pairs):
    """The likeliest answer to the question of each pair; questions of equal length are asked together."""
    groups = defaultdict(list)
    for question, _ in pairs:
        groups[len(texts.ids(question))].append(question)
    found = {}
    for length, group in groups.items():
        ids = model.generate(tensor([texts.ids(each) for each in group]), texts.said, temperature=0)
        found |= {each: texts.answer(row[length:]) for each, row in zip(group, ids.tolist(), strict=True)}
    return [found[question] for question, _ in pairs]


def share(said, pairs):
    """The share of the answers that are right, to the letter."""
    return sum(one == answer for one, (_, answer) in zip(said, pairs, strict=True)) / len(pairs)


# -- a conversation ----------------------------------------------------------------------------------------------------


class Conversation:
    """Writes a typed question as TinyTalks would, and says what it does not know."""

    def __init__(self, model, texts, talks):
        self.model, self.texts = model, texts
        self.forms, self.marks = {}, {}
        for question in talks.questions:
            first, *rest = words(question)
            self.forms |= {word.lower(): word for word in rest}
            self.forms.setdefault(first.lower(), first.lower())
            self.marks[first] = question[-1]

    def reply(self, typed):
        strange = [word for word in words(typed) if word.lower() not in self.forms]
        if strange or not words(typed):
            return f'I do not know the word "{strange[0]}".' if strange else "I answer questions in words."
        question = self.spelled(typed)
        if len(self.texts.ids(question)) > self.texts.asked:
            return "That is longer than any question I have seen."
        return answers(self.model, self.texts, [(question, None)])[0]

    def spelled(self, typed):
        """Upper and lower case as in training, one blank between words, a mark at the end."""
        text = re.sub(r"[\s.?!]+", " ", typed).strip(", ")
        text = re.sub(WORD, lambda word: self.forms[word[0].lower()], text)
        text = text[0].upper() + text[1:]
        mark = typed.rstrip()[-1]
        return text + (mark if mark in ".?!" else self.marks.get(words(text)[0], "?"))


def chat(conversation):
    """Questions from the standard input, until it ends or a line is empty."""
    if sys.stdin is None:  # closed
        return
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(errors="replace")  # what cannot be read or shown is a question mark, not a traceback
    typed = sys.stdin.isatty()
    print("\nAsk me something. An empty line ends the conversation.", end="\n> " if typed else "\n", flush=True)
    try:
        for line in map(str.strip, sys.stdin):
            if not line:
                break
            print(conversation.reply(line) if typed else f"> {line}\n{conversation.reply(line)}", flush=True)
            print("> " if typed else "", end="", flush=True)
    except KeyboardInterrupt:
        print()


# -- the picture -------------------------------------------------------------------------------------------------------


def new_figure(path, parser):
    """An empty picture; every reason why it could not be saved is found before the training."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error('--plot needs matplotlib: pip install "tinytorch-course[plots]"')
    figure = Figure(figsize=(14, 5), layout="constrained")
    if path.suffix[1:].lower() not in figure.canvas.get_supported_filetypes():
        parser.error(f"--plot: {path.name} should end in .png, .svg or .pdf")
    if not path.parent.is_dir():
        parser.error(f"--plot: there is no folder {path.parent}")
    return figure


def attention(model, ids):
    """The weights of each layer, (heads, N, N): how much each token takes from itself and those before it."""
    x, mask, maps = model.embed(tensor([ids])), causal_mask(len(ids)), []
    with no_grad():
        for layer in model.layers:
            q, k, _ = layer.self_attn.heads(layer.norm1(x))
            maps.append(attention_weights(q, k, mask).data[0])
            x = layer(x, mask)
    return maps


def draw(figure, curves, model, texts, question):
    """The share of right answers over the epochs; what each word of a question and its answer looks at."""
    left, *right = figure.subplots(1, 1 + LAYERS, width_ratios=(3, *[4] * LAYERS))
    for name, curve in curves.items():
        left.plot(list(curve), list(curve.values()), marker=".", label=name)
    left.axhline(WANTED["heldout"], color="grey", linestyle="--", label="wanted")
    left.set(title="Held-out questions answered", xlabel="epoch", ylim=(-0.03, 1.03))
    left.xaxis.get_major_locator().set_params(integer=True)
    left.legend(loc="center right")
    ids = texts.ids(question) + texts.ids(answers(model, texts, [(question, None)])[0])
    names = [texts.tokenizer.decode([token], special=True).strip() for token in ids]
    for number, (axes, heads) in enumerate(zip(right, attention(model, ids), strict=True), 1):
        axes.imshow(heads.mean(0), cmap="Blues", vmin=0, vmax=1)
        axes.set(title=f"Attention in layer {number} (mean of {HEADS} heads)", xlabel="... and looks at")
        axes.set_xticks(range(len(ids)), names, rotation=90)
        axes.set_yticks(range(len(ids)), names)
    right[0].set_ylabel("The model has just read ...")


# -- the command -------------------------------------------------------------------------------------------------------


def natural(text, least=0):
    number = int(text)
    if number < least:
        raise ValueError
    return number


def positive(text):
    return natural(text, least=1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=positive, default=EPOCHS, metavar="N", help=f"default: {EPOCHS}")
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="of weights, batches and the sample (default 0)"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what was learned (needs matplotlib)")
    parser.add_argument("--chat", action="store_true", help="then answer questions from the standard input")
    return parser.parse_args(), parser


def main():
    options, parser = arguments()
    figure = new_figure(options.plot, parser) if options.plot else None
    try:
        talks = {split: TinyTalks(split) for split in ("train", "heldout", "unseen")}
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    manual_seed(options.seed)
    print(f"2017: attention\n\n{HISTORY}\n")
    texts = Texts(talks["train"])
    print(f"TinyTalks: {len(talks['train']):,} questions to learn from; {len(talks['heldout'])} held out, ", end="")
    print(f"which ask for the same facts in other words\nRows of {texts.length} out of ", end="")
    print(f"{texts.tokenizer.vocab_size:,} tokens: question, <end>, answer, <end>\n")
    models, curves, took = learn(texts, talks, options)
    if figure:
        draw(figure, curves, models["transformer"], texts, SENTENCE)
        figure.savefig(options.plot)
        print(f"\nPicture: {options.plot}")
    sample = Random(options.seed).sample(talks["train"].pairs, SAMPLE)
    asked = {"train": sample, "heldout": talks["heldout"].pairs, "unseen": talks["unseen"].pairs}
    met = report(models, texts, asked, took)
    if options.chat:
        chat(Conversation(models["transformer"], texts, talks["train"]))
    return 0 if met else 1


def learn(texts, talks, options):
    """The three models by name, trained; the curves of the two that learn; the seconds of the transformer."""
    vocab, longest = texts.tokenizer.vocab_size, texts.asked + texts.said
    models = {
        "bigram": Bigram(texts),
        "window": Window(vocab, REACH),
        "transformer": Transformer(vocab, WIDTH, HEADS, LAYERS, max_len=longest),
    }
    curves = {}
    for name in ("window", "transformer"):
        curves[name], took = train(name, models[name], texts, talks["heldout"], options.epochs, options.seed)
    return models, curves, took


def report(models, texts, asked, took):
    """What each model answers beside the criterion, and beside the milestones before; is it met?"""
    print("\n  right to the letter     training   held out   unseen sums   whole words")
    results = {}
    for name, model in models.items():
        said = {split: answers(model, texts, pairs) for split, pairs in asked.items()}
        results[name] = shares = {split: share(said[split], pairs) for split, pairs in asked.items()}
        spelled = {word for split in WANTED for answer in said[split] for word in words(answer.lower())}
        made_up = spelled - texts.words  # sums that it was not taught it may spell as it likes
        numbers = f"{shares['train']:9.2%} {shares['heldout']:10.2%} {shares['unseen']:13.2%}"
        print(f"  {name:22} {numbers}   {'not ' + min(made_up) if made_up else 'all'}")
    print(f"  {'wanted of the last':22} {WANTED['train']:9.0%} {WANTED['heldout']:10.0%} {'-':>13}   all\n")
    for (question, answer), given in list(zip(asked["heldout"], said["heldout"], strict=True))[:SHOWN]:
        print(f"  {question:40} {given}{'' if given == answer else '  (wrong)'}")
    mistakes = (1 - results["window"]["heldout"]) / max(1 - shares["heldout"], 1e-9)
    print(f"\n  a window of {REACH} tokens (1986, 1998): {mistakes:.1f} times as many mistakes on what was held out")
    print(f"  its training took {took:.1f} s; {SECONDS} s is what 2 cores should need at most")
    met = not made_up and all(shares[split] >= least for split, least in WANTED.items())
    print("\nCriterion met." if met else "\nCriterion MISSED.")
    return met


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Nothing was kept.")
