"""HTML that cannot be broken out of: `element` is the only thing that makes markup, and it escapes everything else.

Names and titles come from strangers. Besides markup they may hold what turns the direction of the text around them,
what a terminal or a spreadsheet obeys, or nothing that can be seen.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

# Embeddings, overrides and isolates reach beyond the text that holds them; marks (LRM, RLM) do not.
DIRECTIONS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
VOID = {"link", "meta", "br"}
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
NO_NAME = "(no name)"


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"
Value: TypeAlias = str | float | bool | None


def element(tag: str, /, *children: Child, **attributes: Value) -> Markup:
    """An element; `class_` and `aria_label` are `class` and `aria-label`, None and False are left out."""
    if not NAME.fullmatch(tag):
        raise ValueError(f"{tag!r} is no name of an element")
    start = f"<{tag}{''.join(_attribute(*item) for item in attributes.items())}>"
    if tag in VOID:
        return Markup(start)
    return Markup(f"{start}{join(*children)}</{tag}>")


def join(*children: Child) -> Markup:
    return Markup("".join(map(_child, children)))


def raw(tag: str, text: str, **attributes: Value) -> Markup:
    """A style sheet or a script, inside which nothing can be escaped: a file of ours, never anybody's words."""
    if "</" in text or "<!--" in text:
        raise ValueError(f"this cannot stand inside <{tag}>")
    return Markup(f"<{tag}{''.join(_attribute(*item) for item in attributes.items())}>{text}</{tag}>")


def clean(text: str) -> str:
    """The text on one line, with a sign in the place of each character that is not meant to be seen."""
    return "".join(map(_seen, text)).strip()


def visible(text: str, otherwise: str = NO_NAME) -> str:
    """The text, cleaned, or `otherwise` when there is nothing to see."""
    cleaned = clean(text)
    return cleaned if any(unicodedata.category(sign)[0] in "LNPS" for sign in cleaned) else otherwise


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return html.escape(clean_inside(child), quote=True)
    return join(*child)


def clean_inside(text: str) -> str:
    """As `clean`, and spaces at the ends are kept: it may be a part of a sentence."""
    return "".join(map(_seen, text))


def _attribute(name: str, value: Value) -> str:
    name = name.rstrip("_").replace("_", "-")
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an attribute")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = value if isinstance(value, str) else number(value)
    return f' {name}="{html.escape(clean_inside(text), quote=True)}"'


def _seen(sign: str) -> str:
    code = ord(sign)
    if sign in "\t\n\r\x0b\x0c\x85\u2028\u2029":
        return " "
    if code < 0x20 or code == 0x7F:
        return chr(0x2421 if code == 0x7F else 0x2400 + code)  # Unicode's pictures of control characters
    category = unicodedata.category(sign)
    if category in ("Cc", "Cs") or code in DIRECTIONS or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "\ufffd"
    return sign
