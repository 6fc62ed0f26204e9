"""What the models of the demo building have learnt, laid out where the pipeline looks for it."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from plantroom.simulators.demo import MODELS


def lay_out(folder: Path) -> None:
    """Copy the models that come with the demo building to `folder`, unless there is anything there."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".models-", dir=folder.parent) as made:
        whole = Path(shutil.copytree(MODELS, Path(made) / folder.name, copy_function=shutil.copyfile))
        whole.rename(folder)
