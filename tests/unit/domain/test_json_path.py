"""Paths into JSON documents."""

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.json_path import compile_path

DOCUMENT = {"a": {"b": [1, {"c": 2}]}, "switch:0": {"on": True}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("@", DOCUMENT),
        ("a.b[0]", 1),
        ("a.b[-1].c", 2),
        ('"switch:0".on', True),
        ("a.b[7]", None),
        ("a.b.c", None),
        ("missing.deeper", None),
        ("length(a.b)", 2),
        ("a.b[?c].c | [0]", 2),
    ],
)
def test_a_path_finds_what_stands_there(path: str, value: object) -> None:
    assert compile_path(path)(DOCUMENT) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.",
        "a[",
        "switch:0.on",
        "nonsense(a)",
        "a[?b == nonsense(c)]",
        "{x: length(a, b)}",
        "a b",
        "(" * 2000 + "a",
    ],
)
def test_what_is_no_path_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="not a JMESPath expression: ") as caught:
        compile_path(text)

    assert "\n" not in str(caught.value)


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
steps = st.lists(st.sampled_from([".a", ".b", ".c", "[0]", "[1]", "[-1]"]), max_size=4)


@given(st.sampled_from("abc"), steps, documents)
def test_the_quick_way_finds_what_the_library_finds(first: str, rest: list[str], document: object) -> None:
    text = first + "".join(rest)

    assert compile_path(text)(document) == jmespath.search(text, document)
