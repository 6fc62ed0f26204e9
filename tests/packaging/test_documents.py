import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def links(document: Path) -> list[Path]:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    return [document.parent / target for target in targets if "://" not in target]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    assert [str(target) for target in links(document) if not target.exists()] == []


def test_the_index_names_every_document() -> None:
    index = ROOT / "docs/index.md"

    named = {target.resolve() for target in links(index)}

    assert [
        str(document) for document in (ROOT / "docs").rglob("*.md") if document not in named | {index}
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {
        target
        for targets_named in re.findall(r"(?:^|`)make ([a-z0-9 ]+)", document.read_text(), re.MULTILINE)
        for target in targets_named.split()
    }

    assert named <= targets
