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


def test_every_document_is_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs/index.md"]
    while waiting:
        document = waiting.pop().resolve()
        if document.suffix == ".md" and document.exists() and document not in reached:
            reached.add(document)
            waiting += links(document)

    assert [str(each) for each in (ROOT / "docs").rglob("*.md") if each.resolve() not in reached] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {
        target
        for targets_named in re.findall(r"(?:^|`)make ([a-z0-9 -]+)", document.read_text(), re.MULTILINE)
        for target in targets_named.split()
    }

    assert named <= targets
