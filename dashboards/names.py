"""What machines are called, beside their ids."""

from plantroom.dashboards.panel import Both, Override
from plantroom.dashboards.plant import Plant
from plantroom.domain.text import Text


def names_in(column: Text, plant: Plant) -> Override:
    """Return that a column of ids shows the names of the machines as well."""
    return Override(
        pattern=Text(en=f"/^{column.en}$/", zh=f"/^{column.zh}$/"),
        properties=[("mappings", Both(en=_named(plant, "en"), zh=_named(plant, "zh")))],
    )


def _named(plant: Plant, language: str) -> list[dict[str, object]]:
    options = {
        asset.id: {"text": f"{asset.id} {asset.name.in_language(language)}".rstrip(), "index": place}
        for place, asset in enumerate(plant.installation.table.assets)
    }
    return [{"type": "value", "options": options}]
