"""Training byte-pair encoding on 1 MB of text, the standard library's own modules, to 4,096 tokens."""

import statistics
import sysconfig
import time
from pathlib import Path

UNIT = "s"


def text():
    modules = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return "".join(path.read_text("utf-8") for path in modules)[:1_000_000]


def measure(quick):
    from tinytorch.text import BPETokenizer

    long, seconds = text(), []
    for _ in range(1 if quick else 5):
        began = time.perf_counter()
        tokenizer = BPETokenizer(["<pad>", "<end>"]).train(long, vocab_size=4096)
        seconds.append(time.perf_counter() - began)
    if tokenizer.vocab_size != 4096 or tokenizer.decode(tokenizer.encode(long)) != long:
        raise SystemExit("the tokenizer is not what was asked for")
    return statistics.median(seconds), 10.0
