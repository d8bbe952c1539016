"""board.html: one file that asks for nothing, from anywhere, and that is whole without its script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files

from tinytorch_course.competition.board import machine, plots
from tinytorch_course.competition.board.entries import CLAIM, NOISY, REFUSED, Board, Entry, Standing, TrackBoard
from tinytorch_course.competition.board.markup import Child, Markup, element, raw, visible
from tinytorch_course.competition.board.scales import Scale, ratios
from tinytorch_course.competition.board.words import (
    SPACE,
    day,
    factor,
    metric_name,
    percent,
    plural,
    quantity,
    ranges,
    significant,
)

FIRST = 25  # rows that are seen at once; the others are folded away
COSTS = {"file_bytes": "File", "peak_memory_bytes": "Memory", "flops": "FLOPs", "energy_joules": "Energy"}
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath fill='%230b6e6e' d='M1 9h4v6H1zM6 3h4v12H6zM11 6h4v9h-4z'/%3E%3C/svg%3E"
)


def page(board: Board) -> str:
    style, script = _file("board.css"), _file("board.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", "TinyTorch competition: the board"),
        element("link", rel="icon", href=ICON),
        raw("style", style),
    )
    body = element(
        "body",
        element("a", "Skip to the ranking", href="#board", class_="skip"),
        _top(board),
        element("main", _main(board), id="board", tabindex="-1"),
        raw("script", script),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, and nothing runs but the two texts with these hashes."""
    rules = [f"style-src {_hash(style)}", f"script-src {_hash(script)}", "img-src data:"]
    return "; ".join(["default-src 'none'", *rules, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _top(board: Board) -> Markup:
    claims = sum(len(one.of(CLAIM)) for one in board.tracks)
    last = max((entry.moment for entry in board.ranked if entry.moment), default=None)
    counts = [plural(len(board.tracks), "track"), f"{plural(len(board.ranked), 'verified entry', 'verified entries')}"]
    counts += [plural(claims, "claim")] if claims else []
    counts += [f"last verified on {day(last)}"] if last else []
    tabs = [_tab(one) for one in board.tracks]
    return element(
        "header",
        element("p", "TinyTorch competition", class_="over"),
        element("h1", "The board"),
        element("p", " · ".join(counts), class_="summary"),
        element("nav", element("ul", tabs, class_="tabs"), aria_label="Tracks") if tabs else None,
    )


def _tab(board: TrackBoard) -> Markup:
    count = element("span", str(len(board.ranked)), class_="count", aria_hidden="true")
    link = element("a", board.track.title, " ", count, href=f"#{_ident(board)}", id=f"{_ident(board)}-tab")
    return element("li", link)


def _ident(board: TrackBoard) -> str:
    return f"track-{board.track.name}"


def _main(board: Board) -> Iterable[Child]:
    yield from map(_panel, board.tracks)
    if not board.tracks:
        yield element("p", "This competition has no track.", class_="empty")
    yield machine.section(board)
    yield _reading(board)
    yield _refused(board.strays, "Refused, of no track", "strays")
    yield _problems(board)


def _panel(board: TrackBoard) -> Markup:
    ident = _ident(board)
    heading = element("h2", board.track.title, id=f"{ident}-name")
    return element("section", heading, _contents(board), id=ident, aria_labelledby=f"{ident}-name", class_="panel")


def _contents(board: TrackBoard) -> Iterable[Child]:
    yield element("p", _lead(board), class_="lead")
    if board.ranked:
        scale = _scale(board)
        yield from _folded(board.ranked, lambda rows: _ranking(board, rows, scale))
        yield _figures(board)
    else:
        yield element("p", "No verified entry yet.", class_="empty")
    yield _claims(board)
    yield _noisy(board)
    yield _refused(board.of(REFUSED), "Refused", f"{_ident(board)}-refused")


def _lead(board: TrackBoard) -> str:
    return (
        f"Ranked by the {metric_name(board.track.rank_by)}, as a multiple of the baseline's speed measured in the same "
        f"run. Accuracy must reach {100 * board.track.floor:g}{SPACE}% of the baseline's. Entries whose "
        f"99.5{SPACE}% intervals overlap share a rank."
    )


def _scale(board: TrackBoard) -> Scale:
    metric = board.track.rank_by
    ends = [_interval(standing.entry, metric) for standing in board.ranked]
    return ratios(value for pair in ends for value in pair)


def _interval(entry: Entry, metric: str) -> tuple[float, float]:
    return entry.interval(metric) or (entry.improvement(metric),) * 2


def _folded(rows: Sequence[Standing], table: Callable[[Sequence[Standing]], Markup]) -> Iterable[Markup]:
    yield table(rows[:FIRST])
    if rest := rows[FIRST:]:
        summary = element("summary", f"{len(rest):,} more, from rank {rest[0].rank}")
        yield element("details", summary, table(rest), class_="more")


# -- the ranking -------------------------------------------------------------------------------------------


def _ranking(board: TrackBoard, rows: Sequence[Standing], scale: Scale) -> Markup:
    span = f"{rows[0].rank}" if rows[0].rank == rows[-1].rank else f"{rows[0].rank} to {rows[-1].rank}"
    caption = element("caption", f"Verified entries, rank {span}")
    heads = [
        _head("Rank", "rank"),
        _head("Entry", "entry"),
        _head("Times faster", "improvement", plots.axis(scale)),
        _head("Accuracy", "value"),
        *(_head(name, "value") for name in COSTS.values()),
        _head("Modules", "modules"),
        _head("Verified", "date"),
    ]
    body = [_row(board, standing, scale) for standing in rows]
    return _table(caption, heads, body, "ranking")


def _table(caption: Markup, heads: Iterable[Markup], body: Iterable[Markup], kind: str) -> Markup:
    """The roles are said although they are a table's own: on a phone its rows are laid out as cards."""
    head = element("thead", element("tr", heads, role="row"), role="rowgroup")
    return element("table", caption, head, element("tbody", body, role="rowgroup"), class_=kind, role="table")


def _head(text: str, kind: str, *more: Markup) -> Markup:
    return element("th", element("span", text), more, scope="col", role="columnheader", class_=kind)


def _cell(label: str, kind: str, *children: Child) -> Markup:
    return element("td", children, role="cell", class_=kind, data_label=label)


def _row(board: TrackBoard, standing: Standing, scale: Scale) -> Markup:
    entry = standing.entry
    cells = [
        _cell("Rank", "rank", _rank(standing)),
        _entry_head(entry),
        _improvement(entry, board.track.rank_by, scale),
        _accuracy(board, entry),
        *(_cost(entry, metric, name) for metric, name in COSTS.items()),
        _cell("Modules", "modules", _modules(entry)),
        _cell("Verified", "date", _day(entry)),
    ]
    return element("tr", cells, role="row", class_="shared" if standing.shared else None)


def _rank(standing: Standing) -> Iterable[Child]:
    yield element("span", str(standing.rank), class_="number")
    if standing.shared:
        yield element("span", "=", class_="same", aria_hidden="true")
        yield element("span", " shared", class_="unseen")


def _entry_head(entry: Entry) -> Markup:
    loan = entry.modules("loan")
    chips = [element("span", entry.division, class_="chip"), " "]
    chips += [element("span", f"on loan: {ranges(loan)}", class_="chip loan"), " "] if loan else []
    return element("th", _name(entry), " ", chips, _title(entry), scope="row", role="rowheader", class_="entry")


def _name(entry: Entry) -> Markup:
    """`bdi`: a name from the right to the left leaves the order of what stands around it alone."""
    return element("bdi", entry.name, class_="name")


def _title(entry: Entry) -> Markup | None:
    return element("bdi", entry.title, class_="titled") if entry.title else None


def _improvement(entry: Entry, metric: str, scale: Scale) -> Markup:
    value = entry.improvement(metric)
    low, high = _interval(entry, metric)
    return _cell(
        "Times faster",
        "improvement",
        element("strong", factor(value)),
        " ",
        _small(f"{significant(low)}–{significant(high)}"),
        " ",
        element("span", quantity(metric, entry.value(metric)), class_="absolute"),
        plots.interval(scale, low, value, high),
    )


def _accuracy(board: TrackBoard, entry: Entry) -> Markup:
    floor = board.track.floor * entry.value("accuracy", "baseline")
    return _cell("Accuracy", "value", percent(entry.value("accuracy")), " ", _small(f"floor {percent(floor)}"))


def _cost(entry: Entry, metric: str, name: str) -> Markup:
    return _cell(name, "value", quantity(metric, entry.value(metric)), " ", _small(_change(entry.improvement(metric))))


def _change(improvement: float) -> str:
    """Of a cost: below the baseline's or above it."""
    if abs(improvement - 1) < 0.005:
        return "as baseline"
    return f"{factor(improvement)} less" if improvement > 1 else f"{factor(1 / improvement)} more"


def _modules(entry: Entry) -> str:
    """All others are the reference's."""
    own = entry.modules("learner")
    return f"own{SPACE}{ranges(own)}" if own else "reference"


def _day(entry: Entry) -> Markup | None:
    when = entry.moment
    return element("time", day(when), datetime=when.isoformat(timespec="seconds")) if when else None


def _small(text: str) -> Markup:
    return element("small", text)


# -- the drawings ------------------------------------------------------------------------------------------


def _figures(board: TrackBoard) -> Markup:
    ident = _ident(board)
    return element(
        "div",
        _figure(
            "Accuracy against speed",
            plots.pareto(board, f"{ident}-pareto"),
            "On the line nobody is both faster and more accurate. Entries below the shaded floor are refused.",
            "The Pareto front as a table",
            _front_table(board),
        ),
        _figure(
            "The best result over time",
            plots.history(board, f"{ident}-history"),
            "The line is the best verified result at each time; the small dots are all others.",
            "The best results as a table",
            _record_table(board),
        ),
        class_="figures",
    )


def _figure(title: str, drawing: Markup, words: str, summary: str, table: Markup) -> Markup:
    details = element("details", element("summary", summary), table)
    return element("figure", element("h3", title), drawing, element("figcaption", words), details)


def _front_table(board: TrackBoard) -> Markup:
    rows = [(standing, percent(standing.entry.value("accuracy"))) for standing in plots.front(board)]
    return _short_table(board, rows, "The Pareto front, the fastest entry first", "Accuracy")


def _record_table(board: TrackBoard) -> Markup:
    rows = [(standing, _day(standing.entry)) for standing in plots.records(board)]
    return _short_table(board, rows, "Each result that was the best when it was verified", "Verified")


def _short_table(board: TrackBoard, rows: Iterable[tuple[Standing, Child]], caption: str, last: str) -> Markup:
    metric = board.track.rank_by
    heads = [element("th", name, scope="col") for name in ("Entry", "Times faster", last)]
    body = [
        element(
            "tr",
            element("th", element("bdi", standing.entry.name), scope="row"),
            element("td", factor(standing.entry.improvement(metric))),
            element("td", cell),
        )
        for standing, cell in rows
    ]
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", heads)),
        element("tbody", body),
        class_="short",
    )


# -- what has no rank --------------------------------------------------------------------------------------


def _claims(board: TrackBoard) -> Markup | None:
    claims = board.of(CLAIM)
    if not claims:
        return None
    words = "Measured by their authors on machines of their own. A claim has no rank until it is verified."
    ident = f"{_ident(board)}-claims"
    tables = [_claim_table(board, claims[:FIRST])]
    if rest := claims[FIRST:]:
        tables.append(element("details", element("summary", f"{len(rest):,} more"), _claim_table(board, rest)))
    heading = element("h3", "Claims, not verified", id=ident)
    return element("section", heading, element("p", words), tables, class_="claims", aria_labelledby=ident)


def _claim_table(board: TrackBoard, claims: Sequence[Entry]) -> Markup:
    caption = element("caption", f"{board.track.title}: claims, {claims[0].name} to {claims[-1].name}", class_="unseen")
    heads = [
        _head("Entry", "entry"),
        _head("Claimed: times faster", "value"),
        _head("Claimed: accuracy", "value"),
        _head("Modules", "modules"),
        _head("Made", "date"),
    ]
    return _table(caption, heads, [_claim_row(board, claim) for claim in claims], "claimed")


def _claim_row(board: TrackBoard, claim: Entry) -> Markup:
    cells = [
        _entry_head(claim),
        _cell("Claimed: times faster", "value", factor(claim.improvement(board.track.rank_by))),
        _cell("Claimed: accuracy", "value", percent(claim.value("accuracy"))),
        _cell("Modules", "modules", _modules(claim)),
        _cell("Made", "date", _day(claim)),
    ]
    return element("tr", cells, role="row")


def _noisy(board: TrackBoard) -> Markup | None:
    entries = board.of(NOISY)
    if not entries:
        return None
    ident = f"{_ident(board)}-noisy"
    words = "The machine was too busy to tell. These are measured again when it is quiet."
    heading = element("h3", "Measured, without a rank", id=ident)
    return element("section", heading, element("p", words), _reasons(entries), class_="noisy", aria_labelledby=ident)


def _refused(entries: Sequence[Entry], title: str, ident: str) -> Markup | None:
    if not entries:
        return None
    count = plural(len(entries), "submission was refused", "submissions were refused")
    details = element("details", element("summary", f"{count}: the reasons"), _reasons(entries))
    return element("section", element("h3", title, id=ident), details, class_="refused", aria_labelledby=ident)


def _reasons(entries: Iterable[Entry]) -> Markup:
    return element("ul", [_reasoned(entry) for entry in entries], class_="reasons")


def _reasoned(entry: Entry) -> Markup:
    said = [element("li", element("bdi", visible(reason, "(no reason)"))) for reason in entry.reasons]
    when = element("span", _day(entry), class_="when")
    return element("li", _name(entry), " ", _title(entry), " ", when, element("ul", said) if said else None)


# -- below the tracks --------------------------------------------------------------------------------------


def _reading(board: Board) -> Markup:
    terms = [
        ("Rank", "One more than the number of entries whose interval lies wholly above this one's. 2= is shared."),
        ("Interval", "Where the improvement lies with 99.5 % confidence, by bootstrap over the processes measured."),
        ("Closed, open", "Closed: the reference's model and data, answers as the model's. Open: anything."),
        ("Modules", "Own: written by the author. All others are the reference's."),
        ("On loan", "Modules, with their kernels, that a build of the author's took from the reference."),
        ("FLOPs, energy", "Counted as the entry ran; energy is an estimate from them. No rank depends on either."),
        *((metric_name(name).capitalize(), text) for name, text in board.metrics.items()),
    ]
    listed = [element("div", element("dt", term), element("dd", text)) for term, text in terms]
    meanings = element("dl", listed, class_="terms")
    return element(
        "section",
        element("h2", "How to read this", id="reading"),
        element("details", element("summary", "What the words and columns mean"), meanings),
        class_="below",
        aria_labelledby="reading",
    )


def _problems(board: Board) -> Markup | None:
    if not board.problems:
        return None
    listed = [
        element("li", element("bdi", visible(problem.file), class_="name"), ": ", element("bdi", visible(problem.what)))
        for problem in board.problems
    ]
    return element(
        "section",
        element("h2", "Files that could not be read", id="problems"),
        element("ul", listed, class_="reasons"),
        class_="below",
        aria_labelledby="problems",
    )


