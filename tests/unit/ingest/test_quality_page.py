from pathlib import Path

import pytest

from plantroom.domain.samples import Quality
from plantroom.ingest.dead_letters import LetterKind

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "quality.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("quality", Quality, ids=lambda quality: quality.label)
def test_every_quality_is_documented_with_its_code(quality):
    assert f"| `{quality.label}` | {quality.value} |" in PAGE


@pytest.mark.parametrize("kind", LetterKind, ids=lambda kind: kind.value)
def test_every_kind_of_dead_letter_is_documented(kind):
    assert f"| `{kind.value}` |" in PAGE
