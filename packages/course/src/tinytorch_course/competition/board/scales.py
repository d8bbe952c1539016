"""Axes: where a value lies, and at which values a reader finds ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tinytorch_course.competition.board.words import MONTHS

HOUR, DAY = 3600.0, 86400.0
STEPS = [HOUR / 4, HOUR / 2, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY]
MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 600]
Tick = tuple[float, str]


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` onto `start` to `end`; what lies outside is drawn at the edge."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[Tick, ...]
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, value = (math.log(max(v, 1e-12)) if self.log else v for v in (self.low, self.high, value))
        part = min(max((value - low) / (high - low), 0.0), 1.0)
        return self.start + part * (self.end - self.start)

    def onto(self, start: float, end: float) -> Scale:
        return Scale(self.low, self.high, start, end, self.ticks, self.log)


def ratios(values: Iterable[float]) -> Scale:
    """A logarithmic axis for improvements, on which 1 (the baseline) always lies."""
    found = [value for value in values if 0 < value < math.inf] or [1.0]
    low, high = min([1.0, *found]), max([1.25, *found])
    pad = (high / low) ** 0.05
    low, high = low / pad, high * pad
    return Scale(low, high, 0, 1, tuple((tick, f"{tick:g}×") for tick in _ratio_ticks(low, high)), log=True)


def _ratio_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 over decades, powers of ten when these are many, even steps when they are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1,)):
        ticks = [digit * 10.0**power for power in powers for digit in digits]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) < 3 and digits == (1, 2, 5):
            return _even_ticks(low, high, 5)
        if len(ticks) <= 6:
            return ticks
    return ticks[:: math.ceil(len(ticks) / 6)]


def _even_ticks(low: float, high: float, about: int) -> list[float]:
    step = _nice((high - low) / about)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next((digit * power for digit in (1, 2, 2.5, 5, 10) if digit * power >= step * 0.999), 10 * power)


def fractions(values: Iterable[float]) -> Scale:
    """An axis of accuracies: as much of 0 to 1 as the values need, and at least two points."""
    found = list(values) or [0.0, 1.0]
    low, high = min(found), max(found)
    pad = max((high - low) * 0.08, (0.02 - (high - low)) / 2)
    low, high = max(low - pad, 0.0), min(high + pad, 1.0)
    ticks = _even_ticks(low, high, 4)
    return Scale(low, high, 0, 1, tuple((tick, f"{100 * tick:.4g}{chr(160)}%") for tick in ticks))


def times(moments: Iterable[datetime]) -> Scale:
    """An axis of time, in seconds since 1970; a single moment gets half a day on both sides."""
    found = [moment.timestamp() for moment in moments] or [0.0]
    low, high = min(found), max(found)
    pad = max((high - low) * 0.03, (HOUR - (high - low)) / 2, 60.0)
    if high == low:
        pad = DAY / 2
    low, high = low - pad, high + pad
    return Scale(low, high, 0, 1, tuple(_time_ticks(low, high)))


def _time_ticks(low: float, high: float) -> list[Tick]:
    for step in STEPS:
        if (high - low) / step <= 5:
            first = math.ceil(low / step)
            marks = [i * step for i in range(first, math.floor(high / step) + 1)]
            return [(mark, _time_label(mark, step)) for mark in marks]
    return _month_ticks(low, high)


def _time_label(seconds: float, step: float) -> str:
    when = _utc(seconds)
    day = f"{when.day} {MONTHS[when.month - 1]}"
    return day if step >= DAY or when.hour == 0 else f"{when.hour:02d}:{when.minute:02d}"


def _month_ticks(low: float, high: float) -> list[Tick]:
    first, last = _utc(low), _utc(high)
    begin, end = first.year * 12 + first.month, last.year * 12 + last.month - 1
    months = list(range(begin, end + 1))
    step = next((step for step in MONTH_STEPS if len(months) / step <= 5), MONTH_STEPS[-1])
    chosen = [month for month in months if month % step == 0]
    return [(_month_begins(month), f"{MONTHS[month % 12]} {month // 12}") for month in chosen]


def _month_begins(month: int) -> float:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()


def _utc(seconds: float) -> datetime:
    """Also of a time before 1970, which some systems refuse."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
