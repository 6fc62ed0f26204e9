"""Files that are no UTF-8, no YAML, or YAML that means something else to others."""

from pathlib import Path

import pytest

from plantroom.domain.errors import FilesInvalid
from plantroom.storage.files import load_installation
from plantroom_testing.files import loaded, mistakes, written


def told_of_bytes(folder: Path, raw: bytes) -> str:
    file = folder / "site.yaml"
    file.write_bytes(raw)
    with pytest.raises(FilesInvalid) as caught:
        load_installation(sites=[file])
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"", "site.yaml:1: expected YAML, got an empty file", id="empty"),
        pytest.param(b"# only this\n", "site.yaml:1: expected YAML, got an empty file", id="comment"),
        pytest.param(
            "site: s\nname: Café\n".encode("latin-1"),
            "site.yaml:2: expected UTF-8, got byte 0xe9",
            id="latin",
        ),
        pytest.param("site: s\n".encode("utf-16"), "site.yaml:1: expected UTF-8, got byte 0xff", id="utf-16"),
        pytest.param(b"site: s\nname: \x07\n", "site.yaml:2: expected YAML: control characters", id="bell"),
        pytest.param(b"site: s\x00\n", "site.yaml:1: expected YAML: control characters", id="nul"),
        pytest.param(
            b"site: s\n\tname: x\n",
            "site.yaml:2: expected YAML: while scanning a plain scalar, found a tab",
            id="tab",
        ),
        pytest.param(b"site: [s\n", "site.yaml:2: expected YAML: while parsing a flow sequence", id="open"),
        pytest.param(
            b"site: s\n name: x\n", "site.yaml:2: expected YAML: mapping values are not allowed", id="indent"
        ),
        pytest.param(b"site: *s\n", "site.yaml:1: expected YAML: found undefined alias", id="alias"),
        pytest.param(
            b"site: s\n---\nsite: t\n", "site.yaml:2: expected YAML: expected a single document", id="two"
        ),
        pytest.param(
            b"a: " + b"[" * 100_000, "site.yaml:1: expected YAML: nested deeper than 100", id="deep"
        ),
        pytest.param(b"- " * 100_000, "site.yaml:1: expected YAML: nested deeper than 100", id="deep-block"),
        pytest.param(
            b"? [a]\n: b\nsite: s\n", "site.yaml:1: expected a text as key, got a list", id="list-key"
        ),
        pytest.param(
            b"site: s\nsite: t\n", "site.yaml:2: key 'site' is given twice, first in line 1", id="twice"
        ),
        pytest.param(b"<<: {site: s}\nsite: s\n", "site.yaml:1: merge keys (<<) are not read", id="merge"),
        pytest.param(
            b"site: !secret s\n", "site.yaml:1: site: expected one value, got the YAML tag !secret", id="tag"
        ),
        pytest.param(b"!site\nsite: s\n", "site.yaml:1: expected a site, a mapping", id="root-tag"),
        pytest.param(
            b"site: s\nassets: !include assets.yaml\n",
            "site.yaml:2: assets: expected a list, got the YAML tag !include",
            id="include",
        ),
        pytest.param(
            b"site: s\nassets: &a [*a]\n", "site.yaml:2: assets: expected a mapping, got a list", id="circle"
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(tmp_path: Path, raw: bytes, told: str) -> None:
    assert told_of_bytes(tmp_path, raw).startswith(told)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilesInvalid, match=f"{tmp_path}/none.yaml:1: cannot be read: No such file"):
        load_installation(sites=[tmp_path / "none.yaml"])


def test_a_folder_is_no_site_file(tmp_path: Path) -> None:
    with pytest.raises(FilesInvalid, match=f"{tmp_path}:1: cannot be read: Is a directory"):
        load_installation(sites=[tmp_path])


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes("\ufeffsite: s\n".encode())

    assert load_installation(sites=[file]).table.sites[0].id == "s"


def test_windows_line_ends_count_as_one_line(tmp_path: Path) -> None:
    assert told_of_bytes(tmp_path, b"site: s\r\n\r\nsit: t\r\n").startswith("site.yaml:3: unknown key 'sit'")


@pytest.mark.parametrize(
    "word", ["on", "off", "yes", "no", "Yes", "y", "007", "1e3", "12:30", "0x1f", "2026-11-21"]
)
def test_a_text_is_what_is_written_whatever_yaml_makes_of_it(tmp_path: Path, word: str) -> None:
    points = f"{{mode: {{states: [{word}, x]}}}}"
    site = f"site: s\nassets:\n- {{id: P-1, class: pump, location: {word}, points: {points}}}\n"

    pump = loaded(tmp_path, site).table.assets[0]

    assert pump.location == word
    assert pump.measured[-1].states == (word, "x")


def test_a_key_is_what_is_written_whatever_yaml_makes_of_it(tmp_path: Path) -> None:
    points = (
        loaded(tmp_path, "site: s\nassets:\n- {id: P-1, class: pump, points: {on: {}, no: {}, y: {}}}\n")
        .table.assets[0]
        .measured
    )

    assert [each.name for each in points][-3:] == ["on", "no", "y"]


def test_a_number_may_serve_as_an_id(tmp_path: Path) -> None:
    table = loaded(tmp_path, "site: 1\nassets:\n- {id: 007, class: pump}\n- {id: 7, class: pump}\n").table

    assert [each.id for each in table.assets] == ["007", "7"]


def test_anchors_may_be_used_for_what_comes_often(tmp_path: Path) -> None:
    table = loaded(
        tmp_path,
        """
        site: s
        assets:
          - {id: P-1, class: pump, points: &quick {flow: {every: 1s}}}
          - {id: P-2, class: pump, points: *quick}
        """,
    ).table

    assert table.assets[0].points == table.assets[1].points


def test_a_quoted_null_is_a_text(tmp_path: Path) -> None:
    site = (
        "site: s\nassets:\n- {id: A, class: pump, location: 'null'}\n- {id: B, class: pump, location: null}\n"
    )

    assert [each.location for each in loaded(tmp_path, site).table.assets] == ["null", ""]


def test_a_key_given_twice_deep_inside_is_told(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """
        site: s
        assets:
          - id: P-1
            class: pump
            points:
              flow: {max: 1}
              flow: {max: 2}
        """,
    )

    assert found == ["site.yaml:7: key 'flow' is given twice, first in line 6"]


def test_the_name_of_a_file_may_be_chinese(tmp_path: Path) -> None:
    file = written(tmp_path, "江滨广场.yaml", "sit: s\n")

    with pytest.raises(FilesInvalid, match=r"江滨广场\.yaml:1: site is missing"):
        load_installation(sites=[file])
