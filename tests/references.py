"""The real reference data as users have them: folders of files under the names that ESCO gives them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

ESCO = ("esco_1.2.0", "esco_1.2.0_de", "esco_ict_slice")


def copy_esco(shared: Callable[[str], Path], directory: Path) -> list[Path]:
    """Copy ESCO in English and German and the slice for ICT; returns the folders.

    The table of skills in English has a name of its own beside the checkout, since it was put together again.
    """
    folders = []
    for name in ESCO:
        folder = directory / name
        shutil.copytree(shared(f"data/{name}"), folder, copy_function=shutil.copyfile)
        folder.chmod(0o755)
        folders.append(folder)
    skills = directory / ESCO[0] / "skills_en.reconstructed.csv"
    skills.rename(skills.with_name("skills_en.csv"))
    return folders
