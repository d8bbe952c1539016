"""The drawings, as SVG inside the page: intervals, accuracy against speed, the best result over time.

Colours and line widths are the style sheet's, so that the drawings follow light and dark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tinytorch_course.competition.board.entries import Entry, Standing, TrackBoard
from tinytorch_course.competition.board.markup import Markup, element, join, number
from tinytorch_course.competition.board.scales import Scale, fractions, ratios, times
from tinytorch_course.competition.board.words import day, factor, percent, quantity

SIGN = 6.4  # width of a letter of a label
Box = tuple[float, float, float, float]
Place = tuple[float, float]


# -- intervals ---------------------------------------------------------------------------------------------


def interval(scale: Scale, low: float, value: float, high: float) -> Markup:
    """One interval as a bar. The numbers stand beside it, so it says nothing to a screen reader."""
    shapes = [
        *(_upright(scale(tick), "grid") for tick, _ in scale.ticks),
        _upright(scale(1), "baseline"),
        _level(scale(1), scale(value), "distance"),
        _level(scale(low), scale(high), "interval"),
        _upright(scale(value), "estimate"),
    ]
    return element("svg", shapes, class_="bar", aria_hidden="true", focusable="false")


def axis(scale: Scale) -> Markup:
    """The ticks that all bars of a table share."""
    labels = [element("text", label, x=_part(scale(tick)), y="12", class_="tick") for tick, label in scale.ticks]
    return element("svg", labels, class_="axis", aria_hidden="true", focusable="false")


def _part(fraction: float) -> str:
    return f"{100 * fraction:.2f}%"


def _upright(at: float, kind: str) -> Markup:
    return element("line", x1=_part(at), x2=_part(at), y1="0", y2="100%", class_=kind)


def _level(start: float, end: float, kind: str) -> Markup:
    return element("line", x1=_part(start), x2=_part(end), y1="50%", y2="50%", class_=kind)


# -- a frame with two axes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """A drawing exists twice, since letters that shrink with it cannot be read on a phone."""

    name: str
    width: int
    height: int
    labels: int  # at most so many points are named
    signs: int  # of a name

    @property
    def frame(self) -> Box:
        return (52, 14, self.width - 14, self.height - 44)


SIZES = (Size("wide", 560, 380, 10, 22), Size("narrow", 288, 300, 5, 14))


@dataclass(frozen=True)
class Axes:
    x: Scale
    y: Scale
    x_title: str
    y_title: str

    def at(self, size: Size) -> Axes:
        left, top, right, bottom = size.frame
        return Axes(self.x.onto(left, right), self.y.onto(bottom, top), self.x_title, self.y_title)

    def draw(self, size: Size) -> list[Markup]:
        left, top, right, bottom = size.frame
        shapes: list[Markup] = []
        for value, label in self.x.ticks:
            x = self.x(value)
            shapes.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
            shapes.append(element("text", label, x=x, y=bottom + 16, class_="tick"))
        for value, label in self.y.ticks:
            y = self.y(value)
            shapes.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
            shapes.append(element("text", label, x=left - 6, y=y + 4, class_="tick end"))
        shapes.append(element("text", self.x_title, x=(left + right) / 2, y=bottom + 36, class_="title"))
        return shapes


def _drawing(size: Size, name: str, title: str, words: str, shapes: Iterable[Markup]) -> Markup:
    """`words` is what the drawing shows, for somebody who does not see it."""
    ident = f"{name}-{size.name}"
    return element(
        "svg",
        element("title", title, id=f"{ident}-title"),
        element("desc", words, id=f"{ident}-words"),
        shapes,
        class_=f"plot {size.name}",
        viewBox=f"0 0 {size.width} {size.height}",
        role="img",
        aria_labelledby=f"{ident}-title",
        aria_describedby=f"{ident}-words",
    )


# -- accuracy against speed --------------------------------------------------------------------------------


def pareto(board: TrackBoard, name: str) -> Markup:
    metric = board.track.rank_by
    speeds = [s.entry.improvement(metric) for s in board.ranked]
    floors = [floor(board, s) for s in board.ranked]
    accuracies = [s.entry.value("accuracy") for s in board.ranked]
    axes = Axes(ratios(speeds), fractions([*accuracies, *floors]), "times faster than the baseline", "accuracy")
    words = pareto_words(board)
    return join(
        *(
            _drawing(size, name, "Accuracy against speed", words, _pareto_shapes(board, axes.at(size), size))
            for size in SIZES
        )
    )


def floor(board: TrackBoard, standing: Standing) -> float:
    return board.track.floor * standing.entry.value("accuracy", "baseline")


def front(board: TrackBoard) -> list[Standing]:
    """From the fastest to the most accurate."""
    metric = board.track.rank_by
    return sorted((s for s in board.ranked if s.front), key=lambda s: (-s.entry.improvement(metric), s.entry.label))


def pareto_words(board: TrackBoard) -> str:
    ends = front(board)
    if not ends:
        return "No entry yet."
    fast, exact = ends[0].entry, ends[-1].entry
    said = f"{len(board.ranked)} entries, {len(ends)} of them on the Pareto front. The fastest is {_about(board, fast)}"
    return f"{said}." if len(ends) == 1 else f"{said}; the most accurate on the front is {_about(board, exact)}."


def _about(board: TrackBoard, entry: Entry) -> str:
    speed = factor(entry.improvement(board.track.rank_by))
    return f"{entry.name}: {speed}, accuracy {percent(entry.value('accuracy'))}"


def _pareto_shapes(board: TrackBoard, axes: Axes, size: Size) -> list[Markup]:
    metric = board.track.rank_by
    places = {
        s.entry.label: (axes.x(s.entry.improvement(metric)), axes.y(s.entry.value("accuracy")))
        for s in board.ranked
    }
    behind = [s for s in board.ranked if not s.front]
    ahead = front(board)
    points = [_point(places[s.entry.label], s, metric) for s in [*behind, *ahead]]
    labelled = [*ahead, *(behind if len(board.ranked) <= size.labels else [])]
    return [
        *axes.draw(size),
        *_floor(board, axes, size),
        _staircase([places[s.entry.label] for s in ahead], size),
        *points,
        *_labels([(places[s.entry.label], s.entry.name) for s in labelled], list(places.values()), size),
    ]


def _point(place: Place, standing: Standing, metric: str) -> Markup:
    entry = standing.entry
    about = f"{entry.name}: {factor(entry.improvement(metric))}, {percent(entry.value('accuracy'))}"
    kind, radius = ("front", 4.5) if standing.front else ("point", 3)
    return element("circle", element("title", about), cx=place[0], cy=place[1], r=radius, class_=kind)


def _floor(board: TrackBoard, axes: Axes, size: Size) -> list[Markup]:
    """A line; a band where the baseline's accuracy differed, because each run draws its own requests."""
    floors = [floor(board, standing) for standing in board.ranked]
    if not floors:
        return []
    left, _, right, _ = size.frame
    top, bottom = axes.y(max(floors)), axes.y(min(floors))
    band = element("rect", x=left, y=top, width=right - left, height=max(bottom - top, 1), class_="floor")
    return [band, element("text", "accuracy floor", x=left + 6, y=min(bottom + 14, size.frame[3] - 4), class_="note")]


def _staircase(places: Sequence[Place], size: Size) -> Markup:
    """The front, from the fastest leftwards and up: what lies below and to the left of it is beaten."""
    left, _, _, bottom = size.frame
    path = f"M{number(places[0][0])} {number(bottom)}"
    for x, y in places:
        path += f"H{number(x)}V{number(y)}"
    return element("path", d=f"{path}H{number(left)}", class_="line")


# -- the best over time ------------------------------------------------------------------------------------


def records(board: TrackBoard) -> list[Standing]:
    """The entries that were the best when they were verified, the first one first."""
    metric = board.track.rank_by
    found: list[Standing] = []
    for standing in in_order(board):
        if not found or standing.entry.improvement(metric) > found[-1].entry.improvement(metric):
            found.append(standing)
    return found


def in_order(board: TrackBoard) -> list[Standing]:
    dated = [(s.entry.moment, s.entry.label, s) for s in board.ranked if s.entry.moment is not None]
    return [standing for _, _, standing in sorted(dated, key=lambda item: item[:2])]


def history(board: TrackBoard, name: str) -> Markup:
    metric = board.track.rank_by
    moments = [s.entry.moment for s in board.ranked if s.entry.moment is not None]
    speeds = ratios(s.entry.improvement(metric) for s in board.ranked)
    axes = Axes(times(moments), speeds, "verified (UTC)", "times faster")
    words = history_words(board)
    return join(
        *(
            _drawing(size, name, "The best result over time", words, _history_shapes(board, axes.at(size), size))
            for size in SIZES
        )
    )


def history_words(board: TrackBoard) -> str:
    found = records(board)
    if not found:
        return "No entry yet."
    metric = board.track.rank_by
    last = found[-1].entry
    return (
        f"The best result improved {len(found) - 1} times, from {factor(found[0].entry.improvement(metric))} "
        f"to {factor(last.improvement(metric))} by {last.name} on {day(last.moment)}."
    )


def _history_shapes(board: TrackBoard, axes: Axes, size: Size) -> list[Markup]:
    metric = board.track.rank_by
    best = {s.entry.label for s in records(board)}
    places = {
        s.entry.label: (axes.x(s.entry.moment.timestamp()), axes.y(s.entry.improvement(metric)))
        for s in in_order(board)
        if s.entry.moment is not None
    }
    points = [_dot(places[s.entry.label], s, metric) for s in in_order(board) if s.entry.label not in best]
    points += [_dot(places[s.entry.label], s, metric, best=True) for s in records(board)]
    named = [(places[s.entry.label], s.entry.name) for s in reversed(records(board))]
    labels = _labels(named, list(places.values()), size)
    return [*axes.draw(size), _steps([places[s.entry.label] for s in records(board)], size), *points, *labels]


def _dot(place: Place, standing: Standing, metric: str, best: bool = False) -> Markup:
    entry = standing.entry
    speed = f"{factor(entry.improvement(metric))}, {quantity(metric, entry.value(metric))}"
    about = f"{entry.name}: {speed}, {day(entry.moment)}"
    kind, radius = ("front", 4.5) if best else ("point", 3)
    return element("circle", element("title", about), cx=place[0], cy=place[1], r=radius, class_=kind)


def _steps(places: Sequence[Place], size: Size) -> Markup:
    path = f"M{number(places[0][0])} {number(places[0][1])}"
    for x, y in places[1:]:
        path += f"H{number(x)}V{number(y)}"
    return element("path", d=f"{path}H{number(size.frame[2])}", class_="line")


# -- names of points ---------------------------------------------------------------------------------------


def _labels(points: Sequence[tuple[Place, str]], dots: Sequence[Place], size: Size) -> list[Markup]:
    """As many names as find a free place, the first ones first."""
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for (x, y), _ in points]
    if len(dots) <= 60:  # among more than that a name lies on dots, and has an outline to be read all the same
        taken += [(x - 3, y - 3, x + 3, y + 3) for x, y in dots]
    labels: list[Markup] = []
    for (x, y), name in points:
        text = shortened(name, size.signs)
        spot = next((s for s in _spots(x, y, _width(text)) if _free(s[2], taken, size.frame)), None)
        if spot is not None and len(labels) < size.labels:
            anchor, (at, base), box = spot
            taken.append(box)
            labels.append(element("text", text, x=at, y=base, class_=f"name {anchor}"))
    return labels


def _spots(x: float, y: float, width: float) -> list[tuple[str, Place, Box]]:
    """Above the point, where no line runs, then beside and below it: anchor, start of the text, what it covers."""
    ends = [("start", x + 2, y - 9), ("end", x - 2, y - 9), ("start", x + 9, y + 4), ("end", x - 9, y + 4)]
    ends += [("start", x + 4, y + 17), ("end", x - 4, y + 17)]
    lefts = {"start": 0.0, "end": -width}
    return [
        (anchor, (at, base), (at + lefts[anchor] - 2, base - 11, at + lefts[anchor] + width + 2, base + 3))
        for anchor, at, base in ends
    ]


def _free(box: Box, taken: Iterable[Box], frame: Box) -> bool:
    inside = box[0] >= frame[0] and box[1] >= 1 and box[2] <= frame[2] + 10 and box[3] <= frame[3]
    return inside and not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
    )


def _width(text: str) -> float:
    return sum(_signs(sign) for sign in text) * SIGN


def _signs(sign: str) -> float:
    if unicodedata.category(sign)[0] in "MC":
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def shortened(name: str, signs: int) -> str:
    """The beginning of a name; what joins or modifies a sign that was cut off goes with it."""
    width, kept = 0.0, ""
    for sign in name:
        width += _signs(sign)
        if width > signs:
            return kept.rstrip("\u200d\ufe0f ") + "…"
        kept += sign
    return name
