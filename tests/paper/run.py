"""What the paper claims beside what this implementation measures: python tests/paper/run.py [--quick] [CASE ...]

Each file of this folder is one module's part, run in a process of its own. It offers

    def claims(quick): ...          # returns [(claim, what the paper says, what was measured, whether it holds)]

where None for the last says that nothing could be measured here: there is no data, or the hour is too noisy. MNIST and
CIFAR-10 are used where $TINYTORCH_DATA points to them. The same rows stand in docs/paper.md; --markdown prints them as
they stand there. Exit code: 0 all hold, 1 one does not, or docs/paper.md does not know it.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "paper.md"
COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PINS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # kernels other than those that a user's machine picks
WORDS = {True: "holds", False: "DOES NOT HOLD", None: "not measured"}
Claim = tuple[str, str, str, bool | None]


def work(path: Path, quick: bool, answer: Path) -> None:
    rows = runpy.run_path(str(path))["claims"](quick)
    answer.write_text(json.dumps([[*words, None if holds is None else bool(holds)] for *words, holds in rows]))


def measured(path: Path, quick: bool) -> list[Claim]:
    """The claims of one file, from a fresh process with one BLAS thread."""
    settings = {name: value for name, value in os.environ.items() if name not in PINS} | dict.fromkeys(COUNTS, "1")
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "rows.json"
        command = [sys.executable, "-P", __file__, "--work", str(path), str(answer), *["--quick"] * quick]
        done = subprocess.run(command, env=settings, cwd=folder)
        if not answer.is_file():
            return [(f"{path.name} ended with {done.returncode}", "", "", False)]
        return [tuple(row) for row in json.loads(answer.read_text())]


def tell(module: str, row: Claim, markdown: bool) -> None:
    claim, paper, found, holds = row
    if markdown:
        print("|", " | ".join(word.replace("|", "/") for word in (module, claim, paper, found, WORDS[holds])), "|")
        return
    print(f"{module}  {claim}: {WORDS[holds]}\n      paper     {paper}\n      measured  {found}", flush=True)


def launch(names: list[str], quick: bool, markdown: bool) -> int:
    known, good = DOCUMENT.read_text("utf-8"), True
    for path in sorted(HERE.glob("[0-9]*.py")):
        for row in measured(path, quick) if not names or path.stem in names else ():
            tell(path.stem[:2], row, markdown)
            good &= row[3] is not False
            if row[3] is not None and f"| {row[0]} |" not in known:
                print(f'      docs/paper.md has no row for "{row[0]}"', file=sys.stderr)
                good = False
    return 0 if good else 1


def main() -> int:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("names", nargs="*", help="file names of cases, without .py")
    parser.add_argument("--quick", action="store_true", help="smaller models, fewer runs: for a look")
    parser.add_argument("--markdown", action="store_true", help="rows of docs/paper.md")
    parser.add_argument("--work", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work[0], asked.quick, asked.work[1])
        return 0
    return launch(asked.names, asked.quick, asked.markdown)


if __name__ == "__main__":
    sys.exit(main())
