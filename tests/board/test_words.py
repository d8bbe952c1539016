"""Quantities in words, and axes with ticks."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch_course.competition.board.plots import shortened
from tinytorch_course.competition.board.scales import fractions, ratios, times
from tinytorch_course.competition.board.words import factor, moment, percent, quantity, ranges, significant

POSITIVE = st.floats(1e-9, 1e12)


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("latency_p90", 0.00184, "1.84 ms"),
        ("latency_p50", 0.0009996, "1.00 ms"),
        ("throughput", 812.4, "812 items/s"),
        ("throughput", 43210.0, "43.2 kitems/s"),
        ("file_bytes", 999.7, "1.00 kB"),
        ("file_bytes", 425504, "426 kB"),
        ("parameters", 0, "0"),
        ("energy_joules", 2.93e-5, "29.3 µJ"),
        ("accuracy", 0.95849, "95.84 %"),
        ("flops", 2.2e6, "2.20 M"),
    ],
)
def test_quantities(metric, value, words):
    assert quantity(metric, value).replace("\u00a0", " ") == words


def test_a_floor_that_is_missed_is_not_shown_as_reached():
    assert percent(0.958499999) != percent(0.9585)


@pytest.mark.parametrize(("value", "words"), [(9.996, "10.0"), (0.09996, "0.100"), (12345.6, "12,346"), (1.0, "1.00")])
def test_three_digits(value, words):
    assert significant(value) == words


@given(POSITIVE)
def test_three_digits_are_close(value):
    assert math.isclose(float(significant(value).replace(",", "")), value, rel_tol=6e-3)
    assert factor(value).endswith("×")


def test_ranges():
    assert ranges([19, 14, 15, 16, 3]).replace("\u2060", "") == "03, 14–16, 19"
    assert ranges([]) == ""


def test_moments():
    assert moment("2026-03-01T12:00:00Z") == moment("2026-03-01T13:00:00+01:00") == moment("2026-03-01T12:00:00")
    none = ("", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00")
    assert [moment(text) for text in none] == [None] * 4


@given(st.lists(POSITIVE, max_size=5))
def test_ratios_hold_the_baseline_and_all_values(values):
    scale = ratios(values).onto(10, 110)
    assert all(10 <= scale(value) <= 110 for value in [*values, 1.0])
    assert scale(1.0) not in (10, 110)
    found = [scale(tick) for tick, _ in scale.ticks]
    assert 2 <= len(found) <= 8
    assert found == sorted(set(found))


@given(st.lists(st.floats(0, 1), max_size=5))
def test_fractions_are_of_one(values):
    scale = fractions(values)
    assert 0 <= scale.low < scale.high <= 1
    assert all(scale.low <= tick <= scale.high for tick, _ in scale.ticks)
    assert len({label for _, label in scale.ticks}) == len(scale.ticks) >= 2


@given(st.lists(st.integers(0, 30 * 365 * 24 * 60), max_size=4))
def test_times_have_ticks_that_differ(minutes):
    moments = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=m) for m in minutes]
    scale = times(moments)
    found = [at for at, _ in scale.ticks]
    assert 1 <= len(set(found)) == len(found) <= 7
    assert all(scale.low <= at <= scale.high for at in found)


def test_long_names_are_cut_between_signs():
    assert shortened("Wolfeschlegelstein", 6) == "Wolfes…"
    assert shortened("山田太郎", 6) == "山田太…"
    assert shortened("👩\u200d🔬👩\u200d🔬", 5) == "👩\u200d🔬…"
