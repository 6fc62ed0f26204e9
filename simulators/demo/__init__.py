"""The demo building."""

from pathlib import Path
from typing import Final

SITE_FILE: Final = Path(__file__).parent / "site.yaml"
MODELS: Final = Path(__file__).parent / "models"
"""What the models of its machines have learnt (`make demo-models`), as `plantroom models train` keeps it."""
