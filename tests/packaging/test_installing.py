import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import httpx

from plantroom_testing.packaging import Installed
from plantroom_testing.product import launched

ROOT = Path(__file__).parents[2]
LINKED = ("api", "dashboards", "ingest", "models", "rules", "simulators")
FOLDERS = {"src/plantroom": "plantroom", **{folder: f"plantroom/{folder}" for folder in LINKED}}
"""Where the product's files lie, and where they are installed."""


def files_of_the_product() -> set[str]:
    """Return the product's files as they are to be installed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [Path(name) for name in listed.stdout.split("\0") if name]
    return {
        str(Path(installed) / file.relative_to(folder))
        for file in files
        for folder, installed in FOLDERS.items()
        if file.is_relative_to(folder) and not (ROOT / file).is_symlink() and (ROOT / file).exists()
    }


def test_the_command_answers(installed: Installed) -> None:
    printed = installed.run("plantroom", "--help")

    assert "Usage: plantroom" in printed


def test_every_folder_can_be_imported(installed: Installed) -> None:
    names = ", ".join(f"plantroom.{folder}" for folder in ("domain", "storage", "mqtt", "cli", *LINKED))

    printed = installed.run("python", "-c", f"import {names}; print('imported')")

    assert printed.strip() == "imported"


def test_the_wheel_holds_every_file_of_the_product_once(wheel_of_sdist: Path) -> None:
    with zipfile.ZipFile(wheel_of_sdist) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name and not name.endswith("/")]

    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert set(names) == files_of_the_product()


def test_the_wheel_carries_the_licence_and_the_command(wheel_of_sdist: Path) -> None:
    with zipfile.ZipFile(wheel_of_sdist) as wheel:
        [entry_points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
        licences = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
        commands = wheel.read(entry_points).decode()

    assert "plantroom = plantroom.cli.main:main" in commands
    assert len(licences) == 1


def test_the_product_comes_up_and_stops(installed: Installed, tmp_path: Path) -> None:
    program = [str(installed.bin / "plantroom")]
    arguments = ["up", "--port", "0", "--mqtt-port", "0", "--data", str(tmp_path / "data")]

    with launched(arguments, program=program, log=tmp_path / "log") as product:
        page = httpx.get(product.url)
        product.terminate()

    assert page.status_code == 200
    assert "/static/plantroom.css" in page.text
    assert product.process.returncode == 0
