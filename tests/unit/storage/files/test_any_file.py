"""Whatever stands in the files: an installation, or a list of mistakes."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.errors import FilesInvalid, Problem
from plantroom.storage.files import load_installation

SITE_WORDS = st.sampled_from(
    [
        "site",
        "name",
        "timezone",
        "packs",
        "assets",
        "classes",
        "mappings",
        "id",
        "class",
        "points",
        "unit",
        "min",
        "max",
        "every",
        "states",
        "type",
        "kind",
        "label",
        "parent",
        "fed_by",
        "gateway",
        "offline_grace",
        "rated",
        "clock",
        "pump",
        "P-1",
        "P-2",
        "flow",
        "running",
        "boolean",
        "state",
        "number",
        "10s",
        "5",
        "on",
        "~",
        "en",
        "zh",
        "UTC",
        "arrival",
        "<<",
    ]
)
RULE_WORDS = st.sampled_from(
    [
        "id",
        "class",
        "when",
        "clear",
        "for",
        "keep",
        "severity",
        "group",
        "title",
        "work_order",
        "source",
        "priority",
        "skill",
        "standard",
        "verified",
        "pump",
        "flow>1",
        "running",
        "30s",
        "0",
        "critical",
        "high",
        "true",
        "a-1",
    ]
)
SCALARS = st.text(max_size=8) | st.integers() | st.floats() | st.booleans() | st.none()


def documents(words: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        words | SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
        max_leaves=25,
    )


def mistakes(*, site: bytes, rules: bytes) -> Sequence[Problem]:
    """Return the mistakes in the two files; anything else that is raised fails the test."""
    with TemporaryDirectory() as folder:
        files = Path(folder, "site.yaml"), Path(folder, "rules.yaml")
        for file, raw in zip(files, (site, rules), strict=True):
            file.write_bytes(raw)
        try:
            load_installation(sites=[files[0]], rules=[files[1]])
        except FilesInvalid as error:
            return error.problems
        return ()


def all_told(*, site: bytes, rules: bytes) -> bool:
    """Return whether every mistake has words and a line that exists, or is just behind the last."""
    last = {"site.yaml": _lines(site), "rules.yaml": _lines(rules)}
    return all(
        each.message and 1 <= each.line <= last[Path(each.file).name] + 1
        for each in mistakes(site=site, rules=rules)
    )


def _lines(raw: bytes) -> int:
    return len(raw.decode("utf-8", errors="replace").splitlines()) + raw.count(b"\r")


@settings(max_examples=60)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_told_or_taken(site: bytes, rules: bytes) -> None:
    assert all_told(site=site, rules=rules)


@settings(max_examples=60)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,?~<\n\t 01", max_size=60).map(str.encode))
def test_any_yaml_like_text_is_told_or_taken(text: bytes) -> None:
    assert all_told(site=text, rules=text)


@settings(max_examples=80)
@given(documents(SITE_WORDS), documents(RULE_WORDS))
def test_any_document_of_our_words_is_told_or_taken(site: Any, rules: Any) -> None:
    assert all_told(site=yaml.safe_dump(site).encode(), rules=yaml.safe_dump(rules).encode())


ASSET = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["P-1", "P-2", "P-3", "plantroom"]),
        "class": st.sampled_from(["pump", "ahu", "pum"]),
    },
    optional={
        "name": documents(SITE_WORDS),
        "parent": st.sampled_from(["P-1", "P-2", "P-3"]),
        "gateway": st.sampled_from(["P-1", "P-2", "P-3"]),
        "fed_by": st.lists(st.sampled_from(["P-1", "P-2", "P-3"])),
        "points": documents(SITE_WORDS),
        "rated": documents(SITE_WORDS),
    },
)
RULE = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b"]),
        "class": st.sampled_from(["pump", "ahu"]),
        "when": documents(RULE_WORDS),
    },
    optional={
        key: documents(RULE_WORDS) for key in ("clear", "for", "severity", "title", "work_order", "source")
    },
)


@settings(max_examples=80)
@given(st.lists(ASSET, max_size=5), st.lists(RULE, max_size=3))
def test_any_site_of_nearly_right_shape_is_told_or_taken(assets: list[Any], rules: list[Any]) -> None:
    site = yaml.safe_dump({"site": "s", "packs": ["pump"], "assets": assets})

    assert all_told(site=site.encode(), rules=yaml.safe_dump(rules).encode())
