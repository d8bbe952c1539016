"""Submissions, zips and records for tests of the board, all made from a seed."""

from __future__ import annotations

import hashlib
import json
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tinytorch_course.competition import archive as zips

ZERO = "0" * 64
BEGAN = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
TRACKS = {"digits-cnn": 0.968, "cifar10-cnn": 0.724, "tinytalks-transformer": 0.982}  # and the baseline's accuracy
FIRST_NAMES = ("Ada", "Grace", "Linus", "Margaret", "Edsger", "Barbara", "Donald", "Radia", "Niklaus", "Frances")
LAST_NAMES = ("Okafor", "Lindqvist", "Tanaka", "Moreau", "Haddad", "Novak", "Silva", "Iyer", "Rossi", "Weber")
TITLES = (
    "int8 filters, accelerated",
    "half the filters, then fine-tuned",
    "low rank and per-channel int8",
    "tiled products only",
    "pruned to 10 %, stored sparse",
    "",
)
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=http://evil.test/x onerror=alert(1)>',
    "closing": "</td></table></style></script><!-- ",
    "quotes": "O'Brien \"Bob\" & `Sons`",
    "rtl": "\u200fשלום עולם\u200f (right to left)",
    "emoji": "👩🏽‍🔬🧪 Zoë 🏳️‍🌈",
    "long": "Wolfeschlegelsteinhausenbergerdorff" * 2 + "Abcdefghij",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+SUM(1+1)*cmd|'/C calc'!A0",
    "behind": "Ada;=1+1",
    "zalgo": "Z\u0351\u0343\u0302\u036c\u0351\u0343a\u0351\u0343\u0302\u036cl\u0351\u0343\u0302g\u0336\u0321o",
    "nothing": "\u200b\u200d\u2060",
    "template": "{{7*7}} ${7*7} <%= 7 %>",
    "entity": "&lt;b&gt; &#x3C;b&#x3E;",
    "css": "expression(alert(1)); } body { display: none } /*",
    "cjk": "山田太郎とその仲間たちの最適化チーム",
}
UNSEEN = "a\x00b\x1b[31mred\u202eevil\u2066\ud800\n\x7f\x9b"  # what the schema refuses, and a damaged record may hold


def side(seconds: float, accuracy: float, size: int, random_: random.Random) -> dict[str, Any]:
    """What was measured of one model in 10 processes of 10 requests."""

    def times(most: float, count: int) -> list[list[float]]:
        drifts = [random_.lognormvariate(0, 0.01) for _ in range(10)]
        return [[seconds * most * drift * random_.lognormvariate(0, 0.03) for _ in range(count)] for drift in drifts]

    items = 100
    single, offline = times(1, 10), times(0.6 * items, 1)
    counts = {"single_stream": [10] * 10, "offline": [items] * 10}
    correct = {name: _right(sum(values), accuracy) for name, values in counts.items()}
    return {
        "single_stream": single,
        "offline": offline,
        "offline_items": items,
        "correct": correct,
        "asked": counts,
        "peak_memory_bytes": [int(31e6 + 4 * size + random_.random() * 1e5) for _ in range(10)],
        "parameters": max(size // 4, 1),
        "file_bytes": size,
        "flops": int(2.2e6 * size / 420_000) + 1,
        "bytes_moved": 3 * size,
    }


def _right(asked: int, accuracy: float) -> list[int]:
    """So many right answers in all, over 10 processes."""
    total = math.ceil(asked * accuracy)
    return [total // 10 + (i < total % 10) for i in range(10)]


def system() -> dict[str, Any]:
    return {
        "processor": "AMD EPYC 9R14",
        "flags": ["avx2", "avx512f"],
        "cores": 2,
        "memory_bytes": 8_200_000_000,
        "os": "Linux-6.1.0-x86_64-with-glibc2.36",
        "python": "CPython 3.11.7",
        "numpy": "2.4.3",
        "blas": {"name": "scipy-openblas", "version": "0.3.31", "kernel": "SkylakeX", "threads": 2},
        "load": {"before": [0.1, 0.2, 0.1], "after": [1.1, 0.6, 0.2]},
    }


def tiers(own: range, loan: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    spans = {"foundation": range(1, 8), "architectures": range(8, 14), "optimization": range(14, 20)}
    spans["capstone"] = range(20, 21)
    found = []
    for name, numbers in spans.items():
        student = bool(set(numbers) & set(own))
        by = [("loan" if n in loan else "learner" if n in own else "reference") for n in numbers]
        modules = [{"number": number, "by": who} for number, who in zip(numbers, by, strict=True)]
        build = "student" if student else "reference"
        found.append({"name": name, "version": "0.1.0", "build": build, "sha256": ZERO, "modules": modules})
    return found


def submission(name: str, speed: float = 2.0, accuracy: float = 1.0, seed: int = 0, **changed: Any) -> Any:
    """A Submission that is `speed` times faster, at `accuracy` times the baseline's."""
    from tinytorch.capstone import Submission, derive

    random_ = random.Random(seed)
    track = changed.get("track", "digits-cnn")
    right = TRACKS.get(track, 0.9)
    size = int(420_000 / max(speed, 0.5) ** 0.8)
    artefact = {"path": "artefacts/model.safetensors", "bytes": size, "sha256": ZERO}
    fields = {
        "created": (BEGAN + timedelta(hours=seed)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": name,
        "title": TITLES[seed % len(TITLES)],
        "track": track,
        "division": "closed",
        "seeds": {"optimize": 0, "requests": seed},
        "artefacts": [artefact],
        "sources": {"sha256": hashlib.sha256(f"{ZERO}  0  entry.py\n".encode()).hexdigest()},
        "tiers": tiers(range(14, 20)),
        "system": system(),
    }
    fields["sources"]["files"] = [{"path": "entry.py", "bytes": 0, "sha256": ZERO}]
    samples = {"baseline": side(0.004, right, 420_000, random_)}
    samples["optimized"] = side(0.004 / speed, right * accuracy, size, random_)
    # not Submission.make: whether it holds is looked at when it is read, and once is enough for 500
    return Submission(1, **(fields | {"samples": samples} | changed), **derive(samples))


def archive(folder: Path, stem: str, claim: str) -> str:
    """Write a submission's zip with this submission.json; the zip's hash."""
    files = {"submission.json": claim, "entry.py": f'TITLE = "{stem}"\n', "artefacts/model.safetensors": ""}
    zips.write(folder / f"{stem}.zip", {name: text.encode() for name, text in files.items()})
    return hashlib.sha256((folder / f"{stem}.zip").read_bytes()).hexdigest()


def record(folder: Path, stem: str, digest: str, made: Any, **changed: Any) -> Path:
    """Write a record, as `tt course verify` does."""
    value = {
        "version": 1,
        "submission": digest,
        "status": "verified",
        "reasons": [],
        "protections": {"namespaces": True, "landlock": True, "limits": True},
        "seed": 1,
        "when": BEGAN.isoformat(),
        "measured": made.as_dict() if made is not None else None,
        "verdict": "faster",
    }
    path = folder / f"{stem}.verified.json"
    path.write_text(json.dumps(value | changed, indent=1), "utf-8")
    return path


def verified(folder: Path, stem: str, made: Any, after: float = 0.0, **changed: Any) -> None:
    """A zip, and the record that speaks of it; verified so many hours after the competition began."""
    when = (BEGAN + timedelta(hours=after)).isoformat(timespec="seconds")
    record(folder, stem, archive(folder, stem, made.to_json()), made, **({"when": when} | changed))


def few(folder: Path) -> None:
    """Three entries of which two share a rank, a claim, a refused one, and one that was too noisy."""
    grace = submission("Grace Okafor", 3.4, 0.999, 1, division="open", tiers=tiers(range(1, 21)))
    linus = submission("Linus Weber", 3.37, 1.004, 3, tiers=tiers(range(14, 20), loan=(18,)))
    verified(folder, "okafor", grace, 30)
    verified(folder, "weber", linus, 55)
    verified(folder, "tanaka", submission("Ada Tanaka", 1.9, 1.007, 2), 4)
    archive(folder, "moreau", submission("Barbara Moreau", 9.0, 1.0, 5).to_json())
    said = ["artefacts/model.safetensors: optimize() made another one: 3 of 8 arrays differ, so it is somebody else's"]
    verified(folder, "novak", submission("Radia Novak", 5, 1.0, 6), status="refused", reasons=said)
    noise = ["the load was 3.1 on 2 cores; close: firefox (140 %), zoom (60 %)"]
    verified(folder, "silva", submission("Tim Silva", 2, 1.0, 7), status="too noisy", reasons=noise)
    verified(folder, "iyer", submission("Hedy Iyer", 1.6, 1.0, 8, track="cifar10-cnn"), 70)


def many(folder: Path, count: int = 500) -> None:
    """A large course, over three tracks and a term."""
    random_ = random.Random(20)
    for i in range(count):
        track = random_.choices(list(TRACKS), (5, 1, 1))[0]
        progress = i / count
        speed = math.exp(random_.triangular(-0.1, 1.2 + 1.6 * progress, 0.5 + 0.8 * progress))
        accuracy = 1.012 - 0.016 * random_.random() ** 0.7 * min(speed / 4, 1) - 0.003 * random_.random()
        name = f"{random_.choice(FIRST_NAMES)} {random_.choice(LAST_NAMES)}"
        own = random_.choice([range(14, 20), range(14, 20), range(1, 21), range(18, 19), range(0)])
        facts = {"track": track, "tiers": tiers(own), "division": random_.choice(["closed", "closed", "open"])}
        made = submission(name, speed, accuracy, i, **facts)
        if i % 11 == 10:
            archive(folder, f"entry-{i:03d}", made.to_json())
        else:
            status = {"status": "refused", "reasons": [REFUSALS[i % 3]]} if i % 23 == 7 else {}
            verified(folder, f"entry-{i:03d}", made, i * 7 + random_.random() * 6, **status)


REFUSALS = (
    "in the closed division entry.py may not import torch",
    "accuracy in process 3, single stream: reported 0.913, and the floor is 0.958",
    "submission.json: improvements.latency_p90: reported 99, recomputed 2.1",
)


def hostile(folder: Path) -> None:
    """Names that try to break out of the page, verified, claimed, refused, and in files that are damaged."""
    for i, (stem, name) in enumerate(HOSTILE.items()):
        made = submission(name, 1.5 + i * 0.2, 1.0 - i * 0.0005, i, title=f"{name} {name}"[:200])
        verified(folder, stem, made, 5 * i)
        archive(folder, f"claim-{stem}", submission(name, 4, 1.0, 40 + i, title=name).to_json())
        verified(folder, f"refused-{stem}", made, 1, status="refused", reasons=[name, UNSEEN])
    (folder / "<b>&'.verified.json").write_text('{"version": 1}', "utf-8")
    (folder / "damaged.verified.json").write_text(json.dumps({"version": UNSEEN + HOSTILE["image"]}), "utf-8")
    (folder / "=cmd.zip").write_bytes(b"no zip")


SETS = {"few": few, "many": many, "hostile": hostile}
