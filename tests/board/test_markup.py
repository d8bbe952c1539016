"""Whatever is written into an element comes out as its text, and as nothing else."""

import pytest
from documents import Document
from hypothesis import given
from hypothesis import strategies as st
from some_submissions import HOSTILE, UNSEEN

from tinytorch_course.competition.board.markup import (
    Markup,
    clean,
    clean_inside,
    element,
    join,
    number,
    raw,
    visible,
)

TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="<>&\"'=/! -x;#\u202e\u2067\x00\n"),
    st.sampled_from([*HOSTILE.values(), UNSEEN, "&amp;", "]]>", "<!--", "--!>", "\ud800<b>"]),
)


@given(TEXTS)
def test_text_comes_out_as_it_went_in(text):
    (node,) = Document(element("p", text)).root.parts
    assert (node.tag, node.attributes, node.text) == ("p", {}, clean_inside(text))
    assert all(isinstance(part, str) for part in node.parts)


@given(TEXTS, TEXTS)
def test_attributes_come_out_as_they_went_in(title, label):
    (node,) = Document(element("p", title=title, aria_label=label)).root.parts
    assert node.attributes == {"title": clean_inside(title), "aria-label": clean_inside(label)}
    assert node.parts == []


@given(TEXTS)
def test_what_is_cleaned_can_be_encoded_and_turns_nothing_around(text):
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not {*cleaned} & {*"\x00\x1b\n\r\t\x7f\x9b\u2028\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
    assert clean(cleaned) == cleaned


def test_children_and_attributes():
    inner = element("b", "1 < 2")
    assert element("p", "a", inner, None, ["x", [inner]]) == "<p>a<b>1 &lt; 2</b>x<b>1 &lt; 2</b></p>"
    assert element("line", x1=1.26, x2=-0.01, class_="grid") == '<line x1="1.3" x2="0" class="grid"></line>'
    assert element("p", hidden=True, id=None, open=False) == "<p hidden></p>"
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert isinstance(join("<", inner), Markup)
    assert join("<", inner) == "&lt;<b>1 &lt; 2</b>"


def test_a_part_of_markup_is_text_again():
    """Slices and sums of markup are no markup: they are escaped like any string."""
    assert element("p", element("b", "x")[1:]) == "<p>b&gt;x&lt;/b&gt;</p>"
    assert element("p", element("b", "x") + "<i>") == "<p>&lt;b&gt;x&lt;/b&gt;&lt;i&gt;</p>"


@pytest.mark.parametrize("name", ["", "p onclick=1", "a>b", "1", 'x"', "ü"])
def test_names_of_elements_and_attributes_are_names(name):
    with pytest.raises(ValueError, match="no name of an element"):
        element(name)
    with pytest.raises(ValueError, match="no name of an attribute"):
        element("p", **{name: "x"})


@pytest.mark.parametrize("text", ["a</script>", "</style", "<!-- x"])
def test_a_script_cannot_be_left(text):
    with pytest.raises(ValueError, match="cannot stand inside <script>"):
        raw("script", text)


def test_what_cannot_be_seen_is_shown():
    assert clean(UNSEEN) == "a␀b␛[31mred\ufffdevil\ufffd\ufffd ␡\ufffd"
    assert visible("\u200b\u200d \u0301") == "(no name)"
    assert visible(" Ada ") == "Ada"
    assert visible("", "none") == "none"


def test_numbers_are_short():
    assert [number(v) for v in (1, 1.04, 1.06, -0.04, -2.5, 1e4)] == ["1", "1", "1.1", "0", "-2.5", "10000"]
