"""How quiet the machine is while something is timed, and who disturbs."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUSY = 0.3  # cores' worth of other work that still lets one process be timed
# Of the baseline's processes: robust standard deviation over median. Module 19 met 28 % on one shared machine, and its
# intervals take that into account; beyond it they say nothing.
SPREAD = 0.3
NAMED = 3  # of the busiest


@dataclass(frozen=True)
class Moment:
    """What the system has done up to now: seconds of processor time, in all and of each process."""

    when: float
    busy: float | None
    ours: float
    processes: dict[int, tuple[str, float]] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)


def moment() -> Moment:
    spent = os.times()
    with suppress(AttributeError, OSError):
        load = [round(value, 2) for value in os.getloadavg()]
        return Moment(time.monotonic(), busy(), sum(spent[:4]), processes(), load)
    return Moment(time.monotonic(), None, sum(spent[:4]))


def tick() -> float:
    return 1 / os.sysconf("SC_CLK_TCK")


def busy() -> float | None:
    """Seconds that all cores together have worked; None where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        values = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return (sum(values[:3]) + sum(values[5:8])) * tick()  # without idle and waiting; guests are counted in user
    return None


def processes() -> dict[int, tuple[str, float]]:
    """Number -> name and seconds, of all that can be seen."""
    found: dict[int, tuple[str, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            head, _, rest = path.read_text("utf-8", "replace").rpartition(")")
            words = rest.split()
            found[int(path.parent.name)] = (head.partition("(")[2], (int(words[11]) + int(words[12])) * tick())
    return found


def report(before: Moment, after: Moment, medians: Sequence[float]) -> dict[str, Any]:
    """What disturbed between two moments: {"noisy", "others" (cores), "spread", "busiest", "sentence"}.

    `medians` are the baseline's times, one of each process.
    """
    others = None
    if before.busy is not None and after.busy is not None:
        others = max(0.0, (after.busy - before.busy) - (after.ours - before.ours)) / (after.when - before.when)
    elif before.load:
        others = before.load[0]
    scattered = spread(medians)
    names = busiest(before, after)
    reasons = []
    if others is not None and others > BUSY:
        reasons.append(f"other programs kept {others:.1f} cores busy (at most {BUSY:g})")
    if scattered > SPREAD:
        reasons.append(f"the baseline's own times differed by {scattered:.0%} between processes (at most {SPREAD:.0%})")
    advice = f"; close {', '.join(names)}" if names and reasons else ""
    return {
        "noisy": bool(reasons),
        "others": others,
        "spread": scattered,
        "busiest": names,
        "sentence": f"the machine is too noisy for a rank: {' and '.join(reasons)}{advice}" if reasons else "",
    }


def spread(values: Sequence[float]) -> float:
    """Robust: from the median distance to the median, so that one bad process does not decide."""
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(value - middle) for value in values) / middle


def busiest(before: Moment, after: Moment) -> list[str]:
    """The names of the other processes that worked most meanwhile, at least a twentieth of a core."""
    least = 0.05 * (after.when - before.when)
    spent: dict[str, float] = {}
    for pid, (name, seconds) in after.processes.items():
        if pid not in (os.getpid(), os.getppid()):
            label = f"{name} ({pid})"
            spent[label] = seconds - before.processes.get(pid, ("", 0.0))[1]
    ranked = sorted(spent, key=lambda label: -spent[label])
    return [label for label in ranked if spent[label] > least][:NAMED]
