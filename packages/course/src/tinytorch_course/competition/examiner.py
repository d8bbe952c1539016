"""The examiner: the one process that is trusted. It asks the questions, holds the clock and judges the answers.

    python -P -m tinytorch_course.competition.examiner JOB

JOB is a JSON file (see `measure.Job`); the reference's tinytorch is on the path. The result goes into the file that
JOB names, progress to standard output. Models run in workers: confined processes that answer over a socket.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import socket
import stat
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch_course import confine
from tinytorch_course.competition import noise, protocol, trees, weights
from tinytorch_course.errors import ToolError

SIDES = ("baseline", "optimized")
LARGEST_ANSWER = 1 << 26
MEGABYTE = 1_000_000
TAIL = 300  # characters of a worker's output in a message
TRACEBACK = 20_000  # bytes of it for whoever looks for its author's lines
# How far below the floor chance may take an honest entry that stands on it, in standard deviations: in all, 1 of 200
# such entries is refused; in a single process, of which there are many, next to none.
IN_ALL, IN_ONE = 2.6, 4.0


class Refusal(Exception):
    """The submission is refused; the text is the sentence."""


@dataclass
class Examination:
    """A job, and what it needs everywhere."""

    job: dict[str, Any]
    track: Any
    folder: Path
    protections: dict[str, str] = field(default_factory=dict)

    @property
    def measuring(self) -> dict[str, int]:
        """The track's numbers, or smaller ones that a job asks for."""
        return {**self.track.measuring, **self.job.get("measuring", {})}

    @property
    def allowed(self) -> dict[str, int]:
        """The track's limits, likewise."""
        return {**self.track.limits, **self.job.get("limits", {})}

    def progress(self, what: str, done: int, of: int) -> None:
        print(json.dumps([what, done, of]), flush=True)

    def view(self, name: str, tree: str, extras: dict[str, Path], division: str = "closed") -> trees.View:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return trees.view(folder, Path(tree), Path(self.job["capstone"]), self.track.name, division, extras)

    def baseline_file(self) -> dict[str, Path]:
        name = self.track.weights["file"]
        return {f"capstone/{name}": Path(self.job["capstone"], name)}

    def candidate_files(self) -> dict[str, Path]:
        return {"entry.py": Path(self.job["entry"]), "model.safetensors": Path(self.job["artefact"])}

    def limits(self, seconds: float, megabytes: int, files: int) -> confine.Limits:
        return confine.Limits(
            wall=seconds, cpu=int(seconds) + 1, memory=megabytes * MEGABYTE, file_size=files, processes=32
        )

    def command(self, view: trees.View, mode: str) -> list[str]:
        sites = [str(site) for site in view.sites]
        worker = str(view.folder / "worker.py")
        return [sys.executable, "-I", "-S", worker, mode, self.track.name, str(view.folder), *sites]

    def start(
        self, view: trees.View, mode: str, scratch: Path, limits: confine.Limits, channel: bool
    ) -> confine.Confined:
        shown, hidden = confine.python_paths()
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        (self.folder / "output.txt").write_bytes(b"")
        return confine.start(
            self.command(view, mode),
            folder=scratch,
            output=self.folder / "output.txt",
            read=[*shown, *view.read],
            hide=[path for path in [*hidden, *view.hide] if path not in view.read],
            limits=limits,
            channel=channel,
            scratch=MEGABYTE if channel else 0,  # whoever talks leaves no file
            confined=self.job["confined"],
        )

    def said(self) -> str:
        """The end of what a worker printed, harmless on a terminal."""
        text = self.output(4 * TAIL)
        last = text.splitlines()[-1] if text else ""
        return ascii(last[-TAIL:])[1:-1]

    def output(self, most: int) -> str:
        """The last bytes that a worker printed; nobody may show them as they are."""
        if not (self.folder / "output.txt").is_file():
            return ""
        with open(self.folder / "output.txt", "rb") as file:
            file.seek(max(0, file.seek(0, 2) - most))
            return file.read().decode("utf-8", "replace").strip()


# -- optimize ----------------------------------------------------------------------------------------------


def optimize(exam: Examination) -> dict[str, Any]:
    """Run the entry's `optimize`, confined; its file, if it is one, becomes the job's artefact."""
    exam.progress("optimize", 0, 1)
    data = dict(zip(("inputs", "labels"), exam.track.training_data(), strict=True))
    for name, array in data.items():
        np.save(exam.folder / f"{name}.npy", array, allow_pickle=False)
    (exam.folder / "seed.txt").write_text(str(exam.job["seeds"]["optimize"]))
    extras = {name: exam.folder / name for name in ("inputs.npy", "labels.npy", "seed.txt")}
    extras |= exam.baseline_file() | {"entry.py": Path(exam.job["entry"])}
    view = exam.view("optimize", exam.job["tree"], extras, exam.job["division"])
    allowed = exam.allowed
    limits = exam.limits(allowed["optimize_seconds"], allowed["optimize_megabytes"], allowed["artefact_bytes"])
    scratch = exam.folder / "optimized"
    ended = exam.start(view, "optimize", scratch, limits, channel=False).wait()
    exam.protections = dict(ended.protections)
    if not ended.ok:
        raise Refusal(f"optimize did not succeed: {ended.reason}{because(exam.said())}")
    fetch(scratch / "model.safetensors", Path(exam.job["artefact"]), allowed["artefact_bytes"])
    exam.progress("optimize", 1, 1)
    return {"seconds": ended.seconds, "protections": exam.protections}


def because(text: str) -> str:
    return f" ({text})" if text else ""


def fetch(source: Path, target: Path, largest: int) -> None:
    """Copy what a worker left, if it is an ordinary file: a link could lead to any file of ours."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise Refusal("optimize ended without leaving a model") from None
    with open(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1 or facts.st_size > largest:
            raise Refusal("what optimize left is no ordinary file of the size that the track allows")
        target.write_bytes(file.read(largest))
    weights.read_header(target, largest)


# -- measure -----------------------------------------------------------------------------------------------


@dataclass
class Questions:
    """The requests of one round: for both sides the same, for every round others."""

    inputs: np.ndarray
    labels: np.ndarray
    warmup: int
    single: int
    batches: int
    batch: int

    @classmethod
    def draw(cls, exam: Examination, number: int) -> Questions:
        m = exam.measuring
        seed = np.random.SeedSequence([exam.job["seeds"]["requests"], number]).generate_state(1, np.uint64)[0]
        inputs, labels = exam.track.draw(int(seed), m["warmup"] + m["requests"] + m["batches"] * m["batch"])
        return cls(inputs, labels, m["warmup"], m["requests"], m["batches"], m["batch"])

    def parts(self) -> Iterator[tuple[str, slice]]:
        """Which inputs are sent together, and as part of what."""
        for i in range(self.warmup):
            yield "warm-up", slice(i, i + 1)
        for i in range(self.warmup, self.warmup + self.single):
            yield "single_stream", slice(i, i + 1)
        for i in range(self.batches):
            first = self.warmup + self.single + i * self.batch
            yield "offline", slice(first, first + self.batch)


@dataclass
class Answers:
    """What one process answered, and how long each answer took."""

    seconds: dict[str, list[float]]
    answers: dict[str, np.ndarray]
    peak: int
    right: dict[str, np.ndarray] = field(default_factory=dict)  # of each answer, whether it is right


def measure(exam: Examination) -> dict[str, Any]:
    """Both sides in turn, a fresh process each; every answer judged; {"samples", "noise", "load", "protections"}."""
    baseline = exam.view("baseline", exam.job["reference"], exam.baseline_file())
    candidate = exam.view("candidate", exam.job["tree"], exam.candidate_files(), exam.job["division"])
    weights.read_header(Path(exam.job["artefact"]), exam.allowed["artefact_bytes"])
    views = {"baseline": baseline, "optimized": candidate}
    rounds = exam.measuring["processes"]
    found: dict[str, list[Answers]] = {side: [] for side in SIDES}
    before = noise.moment()
    for number in range(rounds):
        exam.progress("measure", number, rounds)
        questions = Questions.draw(exam, number)
        order = SIDES if number % 2 == 0 else SIDES[::-1]
        answers = {side: answered(exam, views[side], side, questions, number) for side in order}
        for side in SIDES:
            found[side].append(answers[side])
        judge(exam, questions, answers["baseline"], answers["optimized"], number)
    after = noise.moment()
    judge_in_all(exam, found)
    exam.progress("measure", rounds, rounds)
    samples = {side: as_samples(exam, found[side], views[side], side) for side in SIDES}
    ranked = "offline" if exam.track.rank_by == "throughput" else "single_stream"
    medians = [statistics.median(one.seconds[ranked]) for one in found["baseline"]]
    return {
        "samples": samples,
        "noise": noise.report(before, after, medians),
        "load": {"before": before.load, "after": after.load},
        "protections": exam.protections,
        "rank_by": exam.track.rank_by,
    }


def named(side: str, number: int) -> str:
    return "the baseline" if side == "baseline" else f"process {number + 1}"


@contextmanager
def talking(exam: Examination, view: trees.View, side: str, number: int, mode: str = "") -> Iterator[Talk]:
    """A worker that has loaded its model; ended with all that it started when the block ends."""
    allowed = exam.allowed
    limits = exam.limits(allowed["worker_seconds"], allowed["worker_megabytes"], MEGABYTE)
    mode = mode or ("baseline" if side == "baseline" else "candidate")
    worker = exam.start(view, mode, exam.folder / "scratch", limits, channel=True)
    talk = Talk(exam, worker, named(side, number))
    try:
        talk.hear("to load", protocol.READY)
        yield talk
    finally:
        if not worker.report.closed:
            worker.stop("it was told to end")
            exam.protections = dict(worker.finish().protections)


@dataclass
class Talk:
    """A conversation with one worker. Whatever goes wrong in it is a Refusal that says who, when and why."""

    exam: Examination
    worker: confine.Confined
    who: str
    ended: confine.Ended | None = None

    def ask(self, inputs: np.ndarray, expected: np.ndarray, what: str) -> tuple[float, np.ndarray]:
        """The seconds until the whole answer was here, and the answer."""
        head, body = protocol.pack(inputs)
        channel = self.channel
        self.silent()
        began = time.perf_counter()
        try:
            channel.settimeout(self.left())
            channel.sendall(head)
            channel.sendall(body)
        except TimeoutError:
            raise self.too_late(what) from None
        except OSError:
            raise self.closed(what) from None
        answer = self.hear(what, expected)
        return time.perf_counter() - began, answer

    def hear(self, what: str, expected: np.ndarray) -> np.ndarray:
        try:
            deadline = self.worker.began + self.worker.limits.wall
            answer = protocol.receive(self.channel, LARGEST_ANSWER, deadline, expected)
        except TimeoutError:
            raise self.too_late(what) from None
        except protocol.ProtocolError as error:
            raise Refusal(f"{self.who}, asked {what}: {error}") from None
        if answer is None:
            raise self.closed(what)
        return answer

    @property
    def channel(self) -> Any:
        assert self.worker.channel is not None
        return self.worker.channel

    def left(self) -> float:
        return max(0.001, self.worker.began + self.worker.limits.wall - time.monotonic())

    def silent(self) -> None:
        """Nothing is said before it is asked for."""
        if select.select([self.channel], [], [], 0)[0] and self.channel.recv(1):
            raise Refusal(f"{self.who} sent an answer that nobody had asked for")

    def too_late(self, what: str) -> Refusal:
        return Refusal(f"{self.who} did not answer when asked {what}, within {self.worker.limits.wall:g} s")

    def closed(self, what: str) -> Refusal:
        """It hung up: by itself, or the system ended it."""
        self.ended = self.worker.wait(2.0)
        reason = self.ended.reason or "it ended by itself"
        return Refusal(f"{self.who} ended when asked {what}: {reason}{because(self.exam.said())}")

    def good_bye(self) -> confine.Ended:
        """No more questions; how it ended, and its memory."""
        self.silent()
        self.channel.shutdown(socket.SHUT_WR)
        self.ended = self.worker.wait(5.0)
        self.exam.protections = dict(self.ended.protections)
        return self.ended


def answered(exam: Examination, view: trees.View, side: str, questions: Questions, number: int) -> Answers:
    """One process; where the baseline fails it is not the submission that is to blame."""
    try:
        return asked(exam, view, side, questions, number)
    except Refusal as refusal:
        if side != "baseline":
            raise
        help = "close other programs and repeat the command; a track's limits are for a machine of 2 cores and 4 GB"
        raise ToolError(f"nothing can be measured here: {refusal}", help) from None


def asked(exam: Examination, view: trees.View, side: str, questions: Questions, number: int) -> Answers:
    """One process: warm-up, single requests, batches."""
    seconds: dict[str, list[float]] = {"warm-up": [], "single_stream": [], "offline": []}
    answers: dict[str, list[np.ndarray]] = {name: [] for name in seconds}
    width, dtype = exam.track.answer_width, exam.track.answer_dtype
    with talking(exam, view, side, number) as talk, without_collections():
        for scenario, part in questions.parts():
            inputs = questions.inputs[part]
            what = f"for answer {len(seconds[scenario]) + 1} ({scenario.replace('_', ' ')})"
            took, answer = talk.ask(inputs, np.zeros((len(inputs), width), dtype), what)
            seconds[scenario].append(took)
            answers[scenario].append(answer)
        ended = talk.good_bye()
    if ended.peak_memory is None:
        raise Refusal(f"{named(side, number)} did not end when there were no more requests")
    joined = {name: np.concatenate(parts) for name, parts in answers.items() if parts}
    return Answers(seconds, joined, ended.peak_memory)


@contextmanager
def without_collections() -> Iterator[None]:
    """Our own garbage collection is not to be timed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


# -- judging -----------------------------------------------------------------------------------------------


def labels_of(questions: Questions, scenario: str) -> np.ndarray:
    return np.concatenate([questions.labels[part] for name, part in questions.parts() if name == scenario])


def judge(exam: Examination, questions: Questions, baseline: Answers, optimized: Answers, number: int) -> None:
    """Every answer of a round, in each scenario by itself; a Refusal says what is wrong."""
    for scenario in baseline.answers:
        who = f"process {number + 1}, {scenario.replace('_', ' ')}"
        labels = labels_of(questions, scenario)
        baseline.right[scenario] = exam.track.right(baseline.answers[scenario], labels)
        try:
            optimized.right[scenario] = exam.track.right(optimized.answers[scenario], labels)
            alike = exam.track.likeness(optimized.answers[scenario], baseline.answers[scenario])
        except ValueError as error:
            raise Refusal(f"{who}: {error}") from None
        if exam.job["division"] == "closed" and not alike >= exam.track.agreement:
            raise Refusal(
                f"{who}: the answers are not the reference model's: they agree with them to {alike:.1%}, and in the "
                f"closed division it must be {exam.track.agreement:.0%}"
            )
        chance = IN_ONE * by_chance(exam, len(labels))
        above_floor(exam, who, optimized.right[scenario], baseline.right[scenario], chance)


def by_chance(exam: Examination, asked: int) -> float:
    """The standard deviation of the difference between the right answers of two models, at the most.

    That is where an honest entry that stands on the floor never errs together with the baseline.
    """
    errors = 1 - exam.track.weights["accuracy"]
    return float((asked * (errors + 1 - exam.track.accuracy_floor * (1 - errors))) ** 0.5)


def above_floor(exam: Examination, who: str, right: np.ndarray, baseline: np.ndarray, chance: float) -> None:
    """At least the track's share of what the baseline has right, but for what chance may cost."""
    floor = exam.track.accuracy_floor
    if right.sum() < floor * baseline.sum() - chance:
        needed = f"the baseline has {baseline.sum()}, and {floor:.0%} of that are needed"
        allowed = f"; chance may cost {chance:.0f} of them" if chance >= 1 else ""
        raise Refusal(f"{who}: {right.sum()} of {len(right)} answers are right; {needed}{allowed}")


def judge_in_all(exam: Examination, found: dict[str, list[Answers]]) -> None:
    """Over all processes together the differences show what chance can do (McNemar's test)."""
    for scenario in ("single_stream", "offline"):
        right, baseline = (np.concatenate([one.right[scenario] for one in found[side]]) for side in SIDES[::-1])
        chance = IN_ALL * float((right != baseline).sum()) ** 0.5
        above_floor(exam, scenario.replace("_", " "), right, baseline, chance)


def as_samples(exam: Examination, found: list[Answers], view: trees.View, side: str) -> dict[str, Any]:
    path = Path(exam.job["capstone"], exam.track.weights["file"]) if side == "baseline" else Path(exam.job["artefact"])
    flops, moved = counted(exam, side)
    scenarios = ("single_stream", "offline")
    return {
        **{name: [one.seconds[name] for one in found] for name in scenarios},
        "offline_items": exam.measuring["batch"],
        "correct": {name: [int(one.right[name].sum()) for one in found] for name in scenarios},
        "asked": {name: [len(one.answers[name]) for one in found] for name in scenarios},
        "peak_memory_bytes": [one.peak for one in found],
        "parameters": stored(path),
        "file_bytes": path.stat().st_size,
        "flops": max(1, flops),
        "bytes_moved": max(1, moved),
    }


def stored(path: Path) -> int:
    """How many numbers a file of weights holds."""
    arrays = weights.read_header(path, path.stat().st_size)
    return max(1, sum(int(np.prod(shape, dtype=np.int64)) for _, shape in arrays.values()))


def counted(exam: Examination, side: str) -> tuple[int, int]:
    """Operations and bytes of one item, by module 14 of the reference or, where a course has none, of the tree."""
    extras = exam.baseline_file() if side == "baseline" else exam.candidate_files()
    last = Refusal("module 14 is missing, which counts operations")
    for chosen in dict.fromkeys((exam.job["reference"], exam.job["tree"])):
        if not Path(chosen, "tinytorch/profiling.py").is_file():
            continue
        view = exam.view("profile", chosen, extras, exam.job["division"])
        try:
            with talking(exam, view, side, 0, f"profile-{side}") as talk:
                questions = exam.track.draw(1, 1)[0]
                _, counts = talk.ask(questions, np.zeros(2, "<i8"), "to count operations")
        except Refusal as refusal:
            last = refusal
            continue
        return int(counts[0]), int(counts[1])
    raise last


# -- compare, validate, write ------------------------------------------------------------------------------


def compare(exam: Examination) -> dict[str, Any]:
    """Are the arrays of `artefact` those of `claimed`? {"problem": sentence or ""}."""
    from safetensors.numpy import load

    largest = exam.allowed["artefact_bytes"]
    for path in (exam.job["claimed"], exam.job["artefact"]):
        weights.read_header(Path(path), largest)
    claimed, made = (load(Path(exam.job[name]).read_bytes()) for name in ("claimed", "artefact"))
    return {"problem": difference(claimed, made, exam.job["tolerance"])}


def difference(claimed: dict[str, np.ndarray], made: dict[str, np.ndarray], tolerance: float) -> str:
    if set(claimed) != set(made):
        odd = sorted(set(claimed) ^ set(made))[0]
        return f"{odd[:60]!a} is in one of them only"
    for name, array in made.items():
        other = claimed[name]
        if other.shape != array.shape or other.dtype != array.dtype:
            return f"{name[:60]!a} is an array {other.shape} of {other.dtype}, not {array.shape} of {array.dtype}"
        error = apart(other, array)
        if not error <= tolerance:
            return f"{name[:60]!a} differs by {error:.2g} (relative), {tolerance:g} is allowed"
    return ""


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """The norm of the difference over the norm; NaN where there is one, which is within no tolerance."""
    a, b = a.astype("float64"), b.astype("float64")
    error, size = float(np.linalg.norm(a - b)), float(np.linalg.norm(b))
    return error / size if size else error


def validate(exam: Examination) -> dict[str, Any]:
    """What the reference's capstone has against a submission.json."""
    from tinytorch.capstone import InvalidSubmission, describe_system
    from tinytorch.capstone import validate as check

    try:
        submission = check(Path(exam.job["claim"]))
    except InvalidSubmission as error:
        return {"problems": list(error.problems)}
    return {"problems": [], "submission": submission.as_dict(), "system": describe_system()}


def write(exam: Examination) -> dict[str, Any]:
    """A whole submission from measured fields: what follows from them is derived by the capstone's module.

    In a workspace that module may be the learner's own, and fail.
    """
    fields = exam.job["fields"]
    try:
        from tinytorch.capstone import Submission, describe_system

        system = describe_system(fields.pop("before"))
        return {"submission": Submission.make(**fields, system=system).as_dict()}
    except Exception as error:
        (exam.folder / "output.txt").write_text(traceback.format_exc(), "utf-8")
        what = ascii(str(error)[:TAIL])[1:-1]
        raise Refusal(f"tinytorch.capstone did not make a submission of it: {type(error).__name__}: {what}") from None


COMMANDS: dict[str, Callable[[Examination], dict[str, Any]]] = {
    "optimize": optimize,
    "measure": measure,
    "compare": compare,
    "validate": validate,
    "write": write,
}


def main(path: Path) -> int:
    job = json.loads(path.read_text("utf-8"))
    confine.end_with_parent(job["parent"])
    sys.path.insert(0, job["capstone"])
    from reference import read_track  # type: ignore[import-not-found,unused-ignore]

    exam = Examination(job, read_track(job["track"]), path.parent)
    try:
        result = COMMANDS[job["command"]](exam)
    except Refusal as refusal:
        result = {"refused": str(refusal), "protections": exam.protections, "output": exam.output(TRACEBACK)}
    except FileNotFoundError as error:
        if error.errno is not None:
            raise
        help = "or enter a track whose data come with TinyTorch"
        result = {"error": [ToolError.code, str(error), help]}  # a data set that is not here: its own sentence
    except ToolError as error:
        result = {"error": [error.code, error.message, error.help]}
    Path(job["result"]).write_text(json.dumps(result), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
