"""Running a submission again from its sources, on inputs that its author did not know."""

from __future__ import annotations

import hashlib
import json
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinytorch_course import files
from tinytorch_course.competition import archive, claim, measure, trees
from tinytorch_course.course import installed_references
from tinytorch_course.errors import NotYet, ToolError
from tinytorch_course.kits import Installed
from tinytorch_course.tangle.manifest import Module

VERIFIED, REFUSED, NOISY = "verified", "refused", "too noisy"
ENDING = ".verified.json"
MARGIN = 0.01  # module 19's: a difference that is smaller is no difference
ELSEWHERE = 0.01  # how far the arrays of the same sources may be apart on another processor (relative)
HERE = 1e-6
FASTER_THAN_POSSIBLE = 1.5  # a claim of the same machine may be so much better than what it does now
SAME_MACHINE = ("processor", "os", "python", "numpy")
LISTED = 5


@dataclass
class Record:
    """What NAME.verified.json says."""

    submission: str
    seed: int
    status: str = REFUSED
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    protections: dict[str, bool] = field(default_factory=dict)
    unprotected: dict[str, str] = field(default_factory=dict)  # name -> why not
    measured: dict[str, Any] | None = None
    noise: dict[str, Any] | None = None
    verdict: str | None = None
    title: str = ""
    when: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def as_dict(self) -> dict[str, Any]:
        return {"version": 1, **{key: value for key, value in vars(self).items() if key != "title"}}

    def ran_under(self, protections: Mapping[str, str]) -> None:
        self.protections = {name: not reason for name, reason in protections.items()}
        self.unprotected = {name: reason for name, reason in protections.items() if reason}


@dataclass(frozen=True)
class Options:
    """How to verify. `seed` is for tests alone; `any_noise` gives a verdict on a noisy machine too."""

    confined: bool = True
    any_noise: bool = False
    seed: int | None = None
    measuring: Mapping[str, int] = field(default_factory=dict)  # in place of the track's numbers, for tests
    limits: Mapping[str, int] = field(default_factory=dict)
    capstone: Path | None = None
    progress: measure.Progress | None = None


@dataclass
class Reference:
    """What the instructor has installed, as one tree that the baseline and the examiner run on."""

    tiers: list[Installed]
    sources: dict[int, Path]
    tree: Path

    def module(self, name: str) -> Module:
        """The module that a file of a submission is named after."""
        stem = Path(name).stem
        found = [module for one in self.tiers for module in one.tier.modules if module.stem == stem]
        if not found:
            raise NotYet(f"{name} is no module of the tiers that are installed here", "")
        return found[0]


def reference(tree: Path) -> Reference:
    """Build the installed references into `tree`; without all of them nothing can be verified."""
    tiers = list(installed_references().values())
    if "capstone" not in {one.tier.name for one in tiers}:
        raise ToolError(
            "verifying needs the reference of every tier, and tinytorch-capstone's is not installed",
            "install the originals (not a student's build): python -m pip install tinytorch-capstone",
        )
    sources = {m.number: one.project / "modules" / f"{m.stem}.py" for one in tiers for m in one.tier.modules}
    trees.build([one.project for one in tiers], sources, tree)
    return Reference(tiers, sources, tree)


def verify(path: Path, base: Reference, options: Options) -> Record:
    """Everything that there is to find out about one submission. What it lacks is in the record, never an exception."""
    seed = secrets.randbits(32) if options.seed is None else options.seed
    record = Record(digest(path), seed)
    with measure.private_folder() as folder:
        try:
            Verification(path, folder, base, options, record).run()
        except NotYet as refusal:
            record.status, record.verdict, record.measured = REFUSED, None, None
            record.reasons.append(refusal.message)
    return record


def digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Verification:
    """One submission on its way through all examinations; each raises NotYet with its sentence."""

    path: Path
    folder: Path
    base: Reference
    options: Options
    record: Record

    def run(self) -> None:
        self.names = archive.unpack(self.path, self.folder / "submission")
        entry = claim.read_entry(self.file(archive.ENTRY))
        job = self.job(entry)
        self.claimed = self.validated(job)
        job = replace(job, optimize_seed=self.claimed["seeds"]["optimize"])
        self.record.title = str(self.claimed["title"])
        self.says_what_is_there(entry)
        self.fits(job)
        mine = {self.base.module(name).number: self.file(name) for name in self.names if name.startswith("modules/")}
        claim.checked(self.file(archive.ENTRY), mine, entry)
        claim.build([one.project for one in self.base.tiers], mine, self.base.sources, job)
        self.same_modules(job, mine)
        made = measure.examine(job, "optimize", self.options.progress)
        self.record.ran_under(made["protections"])
        self.same_artefact(job)
        self.measured(job, mine)

    def file(self, name: str) -> Path:
        return self.folder / "submission" / name

    def job(self, entry: claim.Entry) -> measure.Job:
        capstone = self.options.capstone or measure.capstone_folder()
        return measure.Job(
            claim.known_track(entry, capstone),
            entry.division,
            self.file(archive.ENTRY),
            self.folder / "tree",
            self.base.tree,
            self.folder / "model.safetensors",
            0,
            self.record.seed,
            self.options.confined,
            self.options.measuring,
            self.options.limits,
            capstone,
        )

    def validated(self, job: measure.Job) -> dict[str, Any]:
        """The claim, if it holds by itself: every field that follows from others was derived again."""
        found = measure.examine(job, "validate", claim=str(self.file(archive.CLAIM)))
        if found["problems"]:
            more = len(found["problems"]) - LISTED
            tail = [f"and {more} more"] if more > 0 else []
            raise NotYet("submission.json is not valid: " + "; ".join([*found["problems"][:LISTED], *tail]))
        self.system = found["system"]
        submission: dict[str, Any] = found["submission"]
        return submission

    def says_what_is_there(self, entry: claim.Entry) -> None:
        """Hashes of all files, and what the entry says of itself."""
        listed = [*self.claimed["artefacts"], *self.claimed["sources"]["files"]]
        there = {name: self.file(name).read_bytes() for name in self.names if name != archive.CLAIM}
        said = {file["path"]: file for file in listed}
        for name in sorted(set(there) ^ set(said)):
            where = "is in the archive and not in" if name in there else "is not in the archive, but in"
            raise NotYet(f"{name} {where} submission.json")
        for name, data in there.items():
            if claim.file_entry(name, data) != said[name]:
                found, wrong = hashlib.sha256(data).hexdigest(), said[name]["sha256"]
                raise NotYet(f"{name}: submission.json says SHA-256 {wrong[:12]}..., it is {found[:12]}...")
        for key in ("track", "division"):
            if self.claimed[key] != getattr(entry, key):
                raise NotYet(f"{key}: submission.json says {self.claimed[key]!r}, entry.py {getattr(entry, key)!r}")

    def fits(self, job: measure.Job) -> None:
        """The sources together are as large as the track allows."""
        track = tomllib.loads((job.capstone / f"tracks/{job.track}.toml").read_text("utf-8"))
        sources = [self.file(name) for name in self.names if name not in (archive.CLAIM, archive.ARTEFACT)]
        total, most = sum(path.stat().st_size for path in sources), int(track["limits"]["source_bytes"])
        if total > most:
            raise NotYet(f"entry.py and modules/ have {total:,} bytes; this track allows {most:,}")

    def same_modules(self, job: measure.Job, mine: Mapping[int, Path]) -> None:
        """Who wrote which module follows from what is in the archive; other sources of the reference are noted."""
        ours = {tier["name"]: tier for tier in trees.describe(job.tree, set(mine))}
        for tier in self.claimed["tiers"]:
            written = [module["number"] for module in tier["modules"] if module["by"] == "learner"]
            lacking = [number for number in written if number not in mine]
            if lacking:
                raise NotYet(f"tiers: module {lacking[0]:02d} is said to be the learner's, and is not in the archive")
            if tier["name"] in ours and tier["sha256"] != ours[tier["name"]]["sha256"]:
                self.record.notes.append(f"{tier['name']}: the claim was made with other sources than those here")

    def elsewhere(self) -> str:
        """What of the claimed system is not as it is here; "" for nothing."""
        claimed = self.claimed["system"]
        return next((key for key in SAME_MACHINE if claimed[key] != self.system[key]), "")

    def same_artefact(self, job: measure.Job) -> None:
        """What `optimize` makes here is what was handed in."""
        claimed = str(self.file(archive.ARTEFACT))
        tolerance = ELSEWHERE if self.elsewhere() else HERE
        found = measure.examine(job, "compare", claimed=claimed, tolerance=tolerance)
        if found["problem"]:
            raise NotYet(
                f"{archive.ARTEFACT} is not what optimize of entry.py makes here: {found['problem']}; "
                "an artefact has to come from the sources beside it, and from nothing that differs from run to run"
            )

    def measured(self, job: measure.Job, mine: Mapping[int, Path]) -> None:
        found = measure.examine(job, "measure", self.options.progress)
        self.record.ran_under(found["protections"])
        self.record.noise = found["noise"]
        contents = {name: self.file(name).read_bytes() for name in self.names if name != archive.CLAIM}
        contents[archive.ARTEFACT] = job.artefact.read_bytes()
        name, title = self.claimed["name"], self.claimed["title"]
        fields = claim.described(job, contents, found, mine, name=name, title=title)
        submission = measure.examine(job, "write", fields=fields)["submission"]
        self.counts_hold(submission)
        self.record.notes += believed(self.claimed, submission, self.elsewhere())
        self.record.measured = submission
        if found["noise"]["noisy"] and not self.options.any_noise:
            self.record.status, self.record.reasons = NOISY, [found["noise"]["sentence"]]
            return
        self.record.status = VERIFIED
        self.record.verdict = verdict(submission["intervals"][found["rank_by"]])

    def counts_hold(self, measured: Mapping[str, Any]) -> None:
        """What does not depend on a machine is either as claimed or made up."""
        for side in ("baseline", "optimized"):
            for name in ("parameters", "file_bytes"):
                said, is_ = self.claimed["samples"][side][name], measured["samples"][side][name]
                if said != is_:
                    raise NotYet(f"samples.{side}.{name}: reported {said:,}, measured {is_:,}")
            said, is_ = (one["metrics"][side]["accuracy"] for one in (self.claimed, measured))
            count = sum(map(sum, self.claimed["samples"][side]["asked"].values()))
            if said > is_ + chance(is_, count) + chance(is_, asked(measured, side)):
                raise NotYet(f"metrics.{side}.accuracy: {said:.4f} is claimed, and on new requests it is {is_:.4f}")


def asked(submission: Mapping[str, Any], side: str) -> int:
    return sum(map(sum, submission["samples"][side]["asked"].values()))


def chance(accuracy: float, count: int) -> float:
    """Three standard deviations of an accuracy over so many requests."""
    return 3 * float((max(accuracy * (1 - accuracy), 1 / count) / count) ** 0.5)


def believed(claimed: Mapping[str, Any], measured: Mapping[str, Any], elsewhere: str) -> Iterator[str]:
    """What of the claim can be believed. Ranks come from what was measured here, whatever this says."""
    for name in ("flops", "bytes_moved"):
        said, is_ = (one["samples"]["optimized"][name] for one in (claimed, measured))
        if said != is_:
            yield f"{name}: the claim says {said:,}, counted here it is {is_:,}; what was counted here holds"
    if elsewhere:
        there = ascii(claimed["system"][elsewhere])[:80]
        yield (
            f"the claim is from another system by its own words ({elsewhere}: {there}), so its times are neither "
            "believed nor refuted; hashes, sizes and accuracy were checked, and the times that count were measured here"
        )
        return
    for name in ("latency_p50", "latency_p90"):
        said, is_ = (one["metrics"]["optimized"][name] for one in (claimed, measured))
        if said * FASTER_THAN_POSSIBLE < is_:
            yield (
                f"{name}: the claim says {said * 1e3:.3g} ms on a system like this one, where it takes "
                f"{is_ * 1e3:.3g} ms; the claim's times are not believed, and what was measured here holds"
            )


def verdict(interval: list[float], margin: float = MARGIN) -> str:
    """From the interval of an improvement, where more than 1 is better."""
    low, high = interval
    if low > 1 + margin:
        return "faster"
    if high < 1 / (1 + margin):
        return "slower"
    return "cannot tell"


def write(record: Record, path: Path, out: Path | None) -> Path:
    """Beside the zip, or into `out`."""
    target = (out or path.parent) / f"{path.name.removesuffix('.zip')}{ENDING}"
    files.write_text(target, json.dumps(record.as_dict(), indent=1, sort_keys=True) + "\n")
    return target
