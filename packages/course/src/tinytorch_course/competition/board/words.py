"""Quantities as a reader wants them: a few digits and a unit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime

JOINER = "\u2060"  # a line does not break here
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPACE = "\u00a0"  # a value and its unit stay on one line
PREFIXES = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
UNITS = {
    "latency_p50": "s",
    "latency_p90": "s",
    "throughput": "items/s",
    "file_bytes": "B",
    "peak_memory_bytes": "B",
    "energy_joules": "J",
    "parameters": "",
    "flops": "",
}
NAMES = {
    "latency_p50": "median latency",
    "latency_p90": "90th percentile of latency",
    "throughput": "throughput",
    "accuracy": "accuracy",
    "parameters": "parameters",
    "file_bytes": "file size",
    "peak_memory_bytes": "peak memory",
    "flops": "FLOPs an item",
    "energy_joules": "energy an item",
}


def metric_name(metric: str) -> str:
    return NAMES.get(metric, metric.replace("_", " "))


def quantity(metric: str, value: float) -> str:
    """`0.00184` seconds as `1.84 ms`."""
    if metric == "accuracy":
        return percent(value)
    return engineering(value, UNITS.get(metric, ""))


def engineering(value: float, unit: str) -> str:
    if value == 0:
        return f"0{SPACE}{unit}".strip()
    power = min(max(3 * math.floor(math.log10(abs(value)) / 3), -12), 12)
    if unit.startswith("items") and power < 3:
        power = 0
    digits = significant(value / 10.0**power)
    if digits == "1,000" and power < 12:  # 999.7 B is 1 kB, not 1000 B
        power, digits = power + 3, "1.00"
    return f"{digits}{SPACE}{PREFIXES[power]}{unit}".strip()


def significant(value: float) -> str:
    """Three significant digits, without an exponent where it can be avoided."""
    if value == 0:
        return "0"
    value = float(f"{value:.3g}") if abs(value) < 1000 else value  # 9.996 is 10.0, and not 10.00
    after = max(0, 2 - math.floor(math.log10(abs(value))))
    if not 1e-4 <= abs(value) < 1e7:
        return f"{value:.2e}"
    return f"{round(value):,}" if abs(value) >= 1000 else f"{value:.{after}f}"


def factor(value: float) -> str:
    return f"{significant(value)}×"


def percent(value: float) -> str:
    """Rounded down, so that what misses a floor is not shown as reaching it."""
    return f"{math.floor(value * 10000 + 1e-6) / 100:.2f}{SPACE}%"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def ranges(numbers: Iterable[int]) -> str:
    """`14–17, 19`, which breaks at the comma alone."""
    runs: list[list[int]] = []
    for value in sorted(set(numbers)):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(f"{a:02d}" if a == b else f"{a:02d}–{JOINER}{b:02d}" for a, b in runs)


def moment(text: str) -> datetime | None:
    """A time as records write it, in UTC; None for what is none, or not of our days."""
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 2000 <= found.year < 2200 else None


def day(when: datetime | None) -> str:
    return f"{when.day}{SPACE}{MONTHS[when.month - 1]}{SPACE}{when.year}" if when else ""
