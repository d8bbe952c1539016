"""2018: MLPerf. Two models become smaller and faster by all that was built, and a claim comes out that can be checked.

Needs modules 01 to 20, and of the competition (capstone/) the tracks and the entries.

    python 2018_mlperf.py [--track NAME] [--seed N] [--quick] [--plot FILE] [--out FOLDER]

--quick measures the baseline and everything together, with few requests. --out keeps the submissions.
Exit code: 0 the criterion is met, 1 it is missed, 2 wrong arguments or no data.
"""

import argparse
import importlib.util
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from random import Random
from typing import NamedTuple

# One thread: a second one would make times depend on what else is running, and sums on the number of cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tinytorch import manual_seed
from tinytorch.capstone import METRICS, Submission, derive, describe_system, describe_tiers, hash_files, validate
from tinytorch.profiling import Profiler, amdahl_speedup, profile

HISTORY = """\
In May 2018 engineers of Google, Baidu, Intel and AMD and researchers of several universities, Harvard and
Stanford among them, announced MLPerf: a benchmark that asks how long a system takes to train a model to a
stated quality, and since 2019 also how fast its answers come. Until then each vendor had measured what
suited them, and one's "fast" could not be compared with another's. In the closed division of MLPerf all run
the same model on the same data, in the open one only the quality of the answers counts, and whoever
publishes a result publishes what others need to repeat it."""

CAPSTONE = Path(__file__).resolve().parents[1] / "capstone"
# Of each track the entries that are measured beside the baseline; the last one is handed in.
STEPS = {
    "digits-cnn": ("digits", ["quantized", "pruned", "accelerated", "together"]),
    "tinytalks-transformer": ("talks", ["quantized", "pruned", "cached", "accelerated", "together"]),
}
PROCESSES = 10  # of each step: an interval over fewer says nothing
SMALLER = 3.5  # times, at least, the last one's file
COUNTED = 8  # requests that are profiled


class Amount(NamedTuple):
    """What one process is asked."""

    warmup: int
    requests: int
    batches: int
    batch: int

    @property
    def parts(self):
        """The requests' numbers: warm-up, one at a time, and each batch."""
        start = self.warmup + self.requests
        whole = [range(start + i * self.batch, start + (i + 1) * self.batch) for i in range(self.batches)]
        return range(self.warmup), range(self.warmup, start), whole


WHOLE, QUICK = Amount(3, 20, 2, 32), Amount(1, 10, 1, 16)


def reference():
    """capstone/reference.py: the tracks."""
    spec = importlib.util.spec_from_file_location("reference", CAPSTONE / "reference.py")
    sys.modules["reference"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- a step: what it makes of the model --------------------------------------------------------------------------------


class Step:
    """The baseline, or an entry and the file of weights that it made."""

    def __init__(self, name, weights, entry=None):
        self.name, self.weights, self.entry = name, Path(weights), entry and Path(entry)

    def load(self, track):
        """predict(inputs) in this process."""
        if self.entry is None:
            return track.baseline_predict(track.baseline())
        return runpy.run_path(str(self.entry))["load"](track.build(), reference().read_weights(self.weights))


def optimized(name, entry, track, data, folder, seed):
    """The step of an entry: its `optimize` runs here, once."""
    manual_seed(seed)
    start = time.perf_counter()
    model = runpy.run_path(str(entry))["optimize"](track.baseline(), data)
    step = Step(name, folder / f"{entry.stem}.safetensors", entry)
    reference().write_weights(model, step.weights)
    print(f"  {name:12} made in {time.perf_counter() - start:.1f} s", flush=True)
    return step


# -- what is measured, in a process of its own -------------------------------------------------------------------------


def serve():
    """Read a job, answer its requests, write what was measured."""
    job, out = json.load(sys.stdin), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an entry prints is no result
    track, amount = reference().read_track(job["track"]), Amount(*job["amount"])
    warmup, alone, batches = amount.parts
    inputs, labels = track.draw(job["seed"], amount.warmup + amount.requests + amount.batches * amount.batch)
    predict = Step("", job["weights"], job["entry"]).load(track)
    for i in [*([n] for n in warmup), *batches[:1]]:
        predict(inputs[list(i)])
    found = {
        "single_stream": [timed(track, predict, inputs[[i]], labels[[i]]) for i in alone],
        "offline": [timed(track, predict, inputs[list(i)], labels[list(i)]) for i in batches],
        "peak_memory_bytes": peak_memory(),
    }
    if job["count"]:
        found |= counted(predict, inputs, COUNTED)
    with out:
        json.dump(found, out)


def timed(track, predict, inputs, labels):
    """[seconds, right answers] of one call."""
    start = time.perf_counter()
    answers = predict(inputs)
    took = time.perf_counter() - start
    return took, int(track.right(answers, labels).sum())


def counted(predict, inputs, requests):
    """The operations and the bytes of an answer, as module 14 counts them: the mean of some."""
    with Profiler() as profiler:
        for i in range(requests):
            predict(inputs[[i]])
    rows = profiler.by_operation().values()
    sums = {"flops": sum(row.flops for row in rows), "bytes_moved": sum(row.bytes for row in rows)}
    return {name: max(1, total // requests) for name, total in sums.items()}


def peak_memory():
    """The most bytes that this process has held."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    except (OSError, TypeError):  # not Linux
        try:
            import resource
        except ImportError:
            return 1  # not told by this operating system
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def fresh_process(step, track, amount, seed, count):
    """What `serve` finds out about a step. RuntimeError with what the process said if it fails."""
    job = {"track": track.name, "entry": step.entry and str(step.entry), "weights": str(step.weights)}
    job |= {"amount": amount, "seed": seed, "count": count}
    settings = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-P", str(Path(__file__).resolve()), "--serve"]
    done = subprocess.run(command, input=json.dumps(job), env=settings, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{step.name}: the process failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def measured(steps, track, amount, seed):
    """{step's name: its side of the samples}. The steps take turns; in a round all get the same requests."""
    found, turns = {step.name: [] for step in steps}, Random(seed)
    for number in range(PROCESSES):
        for step in turns.sample(steps, len(steps)):
            progress(f"{track.name}: round {number + 1} of {PROCESSES}, {step.name}")
            found[step.name].append(fresh_process(step, track, amount, seed * PROCESSES + number, number == 0))
    progress("")
    return {step.name: side(step, found[step.name], amount) for step in steps}


def side(step, found, amount):
    """One side of a submission's samples, from what its processes found."""
    scenarios = {"single_stream": 1, "offline": amount.batch}
    weights = reference().read_weights(step.weights)
    return {
        **{name: [[seconds for seconds, _ in one[name]] for one in found] for name in scenarios},
        "offline_items": amount.batch,
        "correct": {name: [sum(right for _, right in one[name]) for one in found] for name in scenarios},
        "asked": {name: [len(one[name]) * items for one in found] for name, items in scenarios.items()},
        "peak_memory_bytes": [one["peak_memory_bytes"] for one in found],
        "parameters": sum(array.size for array in weights.values()),
        "file_bytes": step.weights.stat().st_size,
        "flops": found[0]["flops"],
        "bytes_moved": found[0]["bytes_moved"],
    }


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:70}\r", end="", file=sys.stderr, flush=True)


# -- what is told ------------------------------------------------------------------------------------------------------

COLUMNS = {  # metric: (head, factor, form)
    "accuracy": ("accuracy", 100, "{:.2f} %"),
    "latency_p50": ("p50 ms", 1e3, "{:.2f}"),
    "latency_p90": ("p90 ms", 1e3, "{:.2f}"),
    "throughput": ("a second", 1, "{:,.0f}"),
    "parameters": ("numbers", 1, "{:,}"),
    "file_bytes": ("file kB", 1e-3, "{:,.1f}"),
    "peak_memory_bytes": ("peak MB", 1e-6, "{:.1f}"),
    "flops": ("MFLOP", 1e-6, "{:.2f}"),
    "energy_joules": ("mJ", 1e3, "{:.3f}"),
}


def where_the_time_goes(track, inputs):
    """The profile of the baseline: its largest operation, and what is to be won there at most."""
    model = track.baseline()
    predict = track.baseline_predict(model)
    rows = profile(lambda: predict(inputs[:1]), model, memory=False).by_operation()
    total = sum(row.seconds for row in rows.values())
    largest = sorted(rows, key=lambda name: -rows[name].seconds)[:3]
    shares = {name: rows[name].seconds / total for name in largest}
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    most = amdahl_speedup(min(shares[largest[0]], 0.999), 1e9)
    print(f"  profile      {told} of the operations' time; {largest[0]} for nothing would be {most:.1f} times as fast")


def table(results):
    """Every step's metrics, before and after."""
    print("\n  " + " " * 12 + "".join(f"{head:>11}" for head, _, _ in COLUMNS.values()))
    for name, metrics in results.items():
        cells = (form.format(metrics[metric] * factor) for metric, (_, factor, form) in COLUMNS.items())
        print(f"  {name:12}" + "".join(f"{cell:>11}" for cell in cells))


def compared(samples):
    """{step: what `derive` says of it beside the baseline}."""
    return {name: derive({"baseline": samples["baseline"], "optimized": one}) for name, one in samples.items()}


def verdict(track, derived):
    """Is the last step small, fast and right enough? Says what was found and what was wanted."""
    last = derived["together"]
    low, high = last["intervals"][track.rank_by]
    improvements = last["improvements"]
    checks = [
        (f"{improvements['accuracy']:.2%} of the baseline's accuracy, wanted at least {track.accuracy_floor:.0%}",
         improvements["accuracy"] >= track.accuracy_floor),
        (f"a file {improvements['file_bytes']:.2f} times smaller, wanted at least {SMALLER}",
         improvements["file_bytes"] >= SMALLER),
        (f"{track.rank_by} {improvements[track.rank_by]:.2f} times better ({low:.2f} to {high:.2f}), wanted above 1",
         low > 1),
    ]  # fmt: skip
    print("\n  all together: " + "\n                ".join(told for told, _ in checks))
    return all(met for _, met in checks)


# -- what is handed in -------------------------------------------------------------------------------------------------


def handed_in(step, track, samples, options, system, out):
    """The submission of a step, validated, in the zip OUT/TRACK.zip."""
    entry = runpy.run_path(str(step.entry))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "artefacts").mkdir()
        shutil.copy(step.entry, folder / "entry.py")
        shutil.copy(step.weights, folder / "artefacts/model.safetensors")
        submission = Submission.make(
            name="the milestone of 2018",
            title=entry["TITLE"],
            track=track.name,
            division=entry["DIVISION"],
            seeds={"optimize": options.seed, "requests": options.seed * PROCESSES},
            artefacts=hash_files(folder, ["artefacts/model.safetensors"])["files"],
            sources=hash_files(folder, ["entry.py"]),
            tiers=describe_tiers(),
            system=describe_system(before=system["load"]["before"]),
            samples={"baseline": samples["baseline"], "optimized": samples[step.name]},
        )
        submission.write(folder / "submission.json")
        validate(folder / "submission.json")
        zipped(folder, out / f"{track.name}.zip")
    hashes = submission.sources["sha256"][:16], submission.artefacts[0]["sha256"][:16]
    print(f"  submission: valid, {entry['DIVISION']} division; SHA-256 of entry {hashes[0]}, model {hashes[1]}")


def zipped(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())


# -- the picture -------------------------------------------------------------------------------------------------------

DRAWN = ["accuracy", "latency_p90", "throughput", "file_bytes", "flops"]


def new_figure(path, parser):
    """An empty picture; every reason why it could not be saved is found before anything is measured."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error('--plot needs matplotlib: pip install "tinytorch-course[plots]"')
    figure = Figure(figsize=(15, 6), layout="constrained")
    if path.suffix[1:].lower() not in figure.canvas.get_supported_filetypes():
        parser.error(f"--plot: {path.name} should end in .png, .svg or .pdf")
    if not path.parent.is_dir():
        parser.error(f"--plot: there is no folder {path.parent}")
    return figure


def draw(figure, found):
    """A row for each track, a column for each metric, a bar for each step."""
    rows = figure.subfigures(len(found), 1, squeeze=False)[:, 0]
    for part, (track, derived) in zip(rows, found.items(), strict=True):
        part.suptitle(track)
        for axes, metric in zip(part.subplots(1, len(DRAWN), sharey=True), DRAWN, strict=True):
            bars(axes, metric, {name: one["metrics"]["optimized"][metric] for name, one in derived.items()})


def bars(axes, metric, values):
    head, factor, form = COLUMNS[metric]
    sizes = [value * factor for value in values.values()]
    colours = ["grey" if name == "baseline" else "C0" if name != "together" else "C1" for name in values]
    shown = axes.barh(list(values), sizes, color=colours)
    axes.bar_label(shown, [form.format(size) for size in sizes], padding=3, fontsize=8)
    axes.set_title(f"{head} ({METRICS[metric].better} is better)", fontsize=9)
    axes.set_xlim(0, max(sizes) * 1.35)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)


# -- the command -------------------------------------------------------------------------------------------------------


def natural(text):
    number = int(text)
    if not 0 <= number < 2**48:
        raise ValueError
    return number


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--track", choices=STEPS, help="default: all of them")
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="of fine-tuning and requests (default 0)")
    parser.add_argument("--quick", action="store_true", help="the baseline and everything together, few requests")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what was measured (needs matplotlib)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep the submissions, a zip for each track")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)  # a process that is measured
    options = parser.parse_args()
    if not (CAPSTONE / "reference.py").is_file():
        parser.error(f"the competition's tracks are not in {CAPSTONE}")
    return options, parser


def steps_of(track, data, options, folder):
    """The baseline, and the steps of the entries, made."""
    prefix, names = STEPS[track.name]
    found = [Step("baseline", CAPSTONE / track.weights["file"])]
    for name in names[-1:] if options.quick else names:
        entry = CAPSTONE / "entries" / f"{prefix}_{name}.py"
        found.append(optimized(name, entry, track, data, folder, options.seed))
    return found


def run(track, data, options, folder, out):
    """One track from the profile to the submission: (what `derive` says of each step, is the criterion met?)."""
    system, amount = describe_system(), QUICK if options.quick else WHOLE
    asked = f"{amount.requests} requests one at a time and {amount.batches * amount.batch} in batches of {amount.batch}"
    print(f"{track.title} ({track.name})\nEach step has {PROCESSES} processes; each gets {asked}\n")
    where_the_time_goes(track, track.draw(options.seed, 1)[0])
    steps = steps_of(track, data, options, folder)
    samples = measured(steps, track, amount, options.seed)
    derived = compared(samples)
    table({step: one["metrics"]["optimized"] for step, one in derived.items()})
    met = verdict(track, derived)
    handed_in(steps[-1], track, samples, options, system, out)
    print(flush=True)
    return derived, met


def main():
    options, parser = arguments()
    if options.serve:
        serve()
        return 0
    figure = new_figure(options.plot, parser) if options.plot else None
    tracks = [reference().read_track(name) for name in STEPS if options.track in (None, name)]
    try:
        data = [track.training_data() for track in tracks]
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    print(f"2018: MLPerf\n\n{HISTORY}\n")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folders = Path(scratch), options.out or Path(scratch)
        found = {track.name: run(track, part, options, *folders) for track, part in zip(tracks, data, strict=True)}
    if figure:
        draw(figure, {name: derived for name, (derived, _) in found.items()})
        figure.savefig(options.plot)
        print(f"Picture: {options.plot}")
    return report(found, options, time.perf_counter() - start)


def report(found, options, seconds):
    """Where things are, and whether the criterion is met: the exit code."""
    print(f"The submissions are in {options.out}." if options.out else "The submissions were not kept (--out FOLDER).")
    print("They are claims. `tt submit 20` makes one with your modules in it, which `tt course verify` can repeat.")
    print(f"It took {seconds:.0f} s; 300 s is what 2 cores should need at most")
    met = all(met for _, met in found.values())
    print("\nCriterion met." if met else "\nCriterion MISSED.")
    return 0 if met else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Nothing was kept.")
    except RuntimeError as problem:  # a process failed
        sys.exit(f"\n{problem}")
