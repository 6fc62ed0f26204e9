"""SQL in two languages from one text."""

from plantroom.dashboards.record_queries import RANK, asset_of_row, in_both, in_words, rows
from plantroom.dashboards.words import Word
from plantroom.domain.text import Text

ASSET = Text(en="Asset", zh="设备")


def test_names_in_angle_brackets_are_those_of_the_language() -> None:
    sql = in_both('SELECT title_<language> AS "<asset>" FROM alarms WHERE a < 1 AND b <> 2', asset=ASSET)

    assert sql.en == 'SELECT title_en AS "Asset" FROM alarms WHERE a < 1 AND b <> 2'
    assert sql.zh == 'SELECT title_zh AS "设备" FROM alarms WHERE a < 1 AND b <> 2'


def test_a_query_of_rows_is_a_table_in_grafana() -> None:
    target = rows('SELECT 1 AS "<asset>"', asset=ASSET).target("A", "zh").to_json()

    assert (target["rawSql"], target["format"]) == ('SELECT 1 AS "设备"', "table")


def test_graver_severities_have_greater_ranks() -> None:
    ranks = [RANK.index(f"'{severity}'") for severity in ("info", "warning", "major", "critical")]

    assert ranks == sorted(ranks)


def test_values_of_a_column_are_shown_in_the_languages_words() -> None:
    override = in_words(ASSET, {"a": Word(Text(en="One", zh="一"), "#123456")})

    (mappings,) = (value for name, value in override.properties if name == "mappings")
    assert mappings.in_language("zh") == [  # type: ignore[attr-defined] # a property may be anything
        {"type": "value", "options": {"a": {"text": "一", "color": "#123456", "index": 0}}}
    ]


def test_a_row_leads_to_the_console_by_its_own_column() -> None:
    assert asset_of_row(ASSET).url.zh == '${console}/assets/${__data.fields["设备"]}'
