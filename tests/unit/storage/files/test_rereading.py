"""Files read again: rules may change while the product runs, what is monitored may not."""

from pathlib import Path

import pytest

from plantroom.domain.errors import FilesInvalid
from plantroom.domain.installation import Installation
from plantroom.storage.files import load_installation
from plantroom.storage.files.rereading import Reread, reread_files, rule_in
from plantroom.storage.files.rule_book import RuleBook
from plantroom_testing.files import written

SITE = """
site: s

rules: {shaky: {limit: 5}}
assets:
  - {id: P-1, class: pump, rules: {shaky: {limit: 6}}}
  - {id: P-2, class: pump}
"""
RULES = "- {id: shaky, class: pump, params: {limit: 4.5 mm/s}, when: vibration > limit}\n"


class Folder:
    """A site file and a rule file, as they were when the process began."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(SITE, RULES)
        self.running = load_installation(sites=[self.site], rules=[self.rules.parent])

    def write(self, site: str, rules: str) -> None:
        self.site = written(self.folder, "site.yaml", site)
        self.rules = written(self.folder, "rules/rules.yaml", rules)

    def reread(self) -> Reread:
        return reread_files(self.running, sites=[self.site], rules=[self.rules.parent])


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def limits(installation: Installation | None) -> dict[str, float]:
    """The limit of the rule on each asset."""
    assert installation is not None
    [site] = installation.table.sites
    rule = installation.rule("s", "shaky")
    assert rule is not None
    return {asset.id: rule.params_of(asset, site)["limit"] for asset in site.assets}


def test_nothing_has_changed(folder: Folder) -> None:
    read = folder.reread()

    assert read == Reread(installation=folder.running)
    assert read.installation is not None
    assert read.installation.table is folder.running.table


def test_rules_and_tuning_change(folder: Folder) -> None:
    folder.write(
        SITE.replace("limit: 5", "limit: 5.5").replace("{limit: 6}", "{limit: 7}"),
        RULES + "- {id: new, class: pump, when: running}\n",
    )

    read = folder.reread()

    assert (read.problems, read.restart_needed) == ((), ())
    assert limits(read.installation) == {"P-1": 7, "P-2": 5.5}
    assert read.installation is not None
    assert [rule.id for rule in read.installation.rules["s"]] == ["shaky", "new"]


def test_the_points_keep_their_numbers_whatever_the_site_file_says(folder: Folder) -> None:
    folder.write(SITE.replace("  - {id: P-1", "  - {id: P-0, class: pump}\n  - {id: P-1"), RULES)

    read = folder.reread()

    assert read.installation is not None
    assert read.installation.table.keys == folder.running.table.keys
    assert read.restart_needed == ("site s: new: P-0",)


@pytest.mark.parametrize(
    ("was", "is_now", "told"),
    [
        ("class: pump}\n", "class: pump, rated: {power_kw: 9}}\n", "site s: changed: P-2"),
        ("  - {id: P-2, class: pump}\n", "", "site s: gone: P-2"),
        ("site: s\n", "site: s\ntimezone: Asia/Shanghai\n", "site s: timezone changed"),
        ("site: s\n", "site: s\noffline_grace: 5m\n", "site s: offline_grace changed"),
        ("site: s\n", "site: t\n", "site s is gone"),
        ("site: s\n", "site: s\nclasses: {pump: {points: {oil: {unit: degC}}}}\n", "classes changed"),
    ],
    ids=["asset changed", "asset gone", "time zone", "grace", "other site", "class"],
)
def test_what_needs_a_restart_is_said_and_the_rules_apply(
    folder: Folder, was: str, is_now: str, told: str
) -> None:
    assert was in SITE
    folder.write(SITE.replace(was, is_now), RULES.replace("4.5", "4"))

    read = folder.reread()

    assert told in read.restart_needed
    rule = read.installation.rule("s", "shaky") if read.installation else None
    assert rule is not None
    assert dict(rule.params)["limit"].value == 4


def test_a_rule_that_fits_only_what_is_new_is_a_mistake_until_the_restart(folder: Folder) -> None:
    site = SITE.replace("class: pump}", "class: pump, points: {oil: {unit: degC}}}")
    folder.write(site, RULES + "- {id: oily, class: pump, when: oil > 80 degC}\n")

    read = folder.reread()

    assert read.installation is None
    [problem] = read.problems
    assert problem.line == 2
    assert "oil" in problem.message
    assert read.restart_needed == ("site s: changed: P-2",)


def test_a_mistake_anywhere_changes_nothing(folder: Folder) -> None:
    folder.write(SITE, RULES.replace("limit}", "4 bar}") + "- {id: new, class: pump, when: runing}\n")

    read = folder.reread()

    assert read.installation is None
    assert [problem.line for problem in read.problems] == [1, 2]


def test_a_rule_written_as_text_is_checked_as_in_a_file(folder: Folder) -> None:
    rule = rule_in("- {id: x, class: pump, when: vibration > 4 mm/s}", folder.running)
    alone = rule_in("id: x\nclass: pump\nwhen: vibration > 4 mm/s\n", folder.running)

    assert rule == alone
    with pytest.raises(FilesInvalid, match="rule:3: when: on P-1: cannot compare"):
        rule_in("id: x\nclass: pump\nwhen: vibration > 4 bar\n", folder.running)


@pytest.mark.parametrize("text", ["", "[]", "just words", "a: [", "\x00"], ids=repr)
def test_what_is_no_rule_is_a_mistake(folder: Folder, text: str) -> None:
    with pytest.raises(FilesInvalid):
        rule_in(text, folder.running)


class TestBook:
    """The book that a process keeps of its files."""

    @pytest.fixture
    def book(self, folder: Folder) -> RuleBook:
        return RuleBook.open(sites=[folder.site], rules=[folder.rules.parent], now=1)

    def test_files_at_rest_are_not_outdated(self, book: RuleBook) -> None:
        assert [book.is_outdated, book.is_outdated] == [False, False]

    @pytest.mark.parametrize("what", ["changed", "new", "gone", "site"])
    def test_a_change_counts_once_it_is_at_rest(self, book: RuleBook, folder: Folder, what: str) -> None:
        match what:
            case "changed":
                folder.rules.write_text(RULES + " ")
            case "new":
                written(folder.folder, "rules/more.yaml", "- {id: new, class: pump, when: running}")
            case "gone":
                folder.rules.unlink()
            case _:
                folder.site.write_text(SITE + " ")

        assert [book.is_outdated, book.is_outdated] == [False, True]

        book.reload(2)
        assert [book.is_outdated, book.is_outdated] == [False, False]

    def test_a_bad_file_is_read_once_and_a_mended_one_again(self, book: RuleBook, folder: Folder) -> None:
        before = book.installation
        folder.rules.write_text("- {id: shaky}")

        reload = book.reload(2)

        assert (reload.ok, reload.at, book.generation) == (False, 2, 0)
        assert "when is missing" in "\n".join(reload.errors)
        assert book.installation is before
        assert book.is_outdated is False
        folder.rules.write_text(RULES.replace("4.5", "4"))
        assert book.reload(3).ok
        assert (book.generation, book.installation is before) == (1, False)

    def test_reading_the_same_again_is_no_change(self, book: RuleBook) -> None:
        assert book.reload(2).ok
        assert book.generation == 0

    def test_without_files_nothing_is_read(self, folder: Folder) -> None:
        book = RuleBook(folder.running, now=1)

        assert book.reload(2).ok
        assert (book.is_outdated, book.installation is folder.running) == (False, True)
