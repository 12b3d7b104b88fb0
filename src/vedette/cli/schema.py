"""``vedette schema``: writes the JSON Schemas that editors use, or says which are stale.

The trap: only editors read these files. A stale one makes an editor complain about a file that
is right, or complete a key that is gone; ``--check`` is for the pipeline.
"""

from __future__ import annotations

from pathlib import Path

import click

from vedette.project import find_root
from vedette.schema.export import BUILDERS, file_name, render

FOLDER = "schemas"


@click.command("schema", help="Write the JSON Schemas that editors use to schemas/.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is missing or stale.")
def command(*, check: bool) -> int:
    """Exit 0 if all files are up to date (afterwards); 1 with ``--check`` if one was not."""
    folder = find_root(Path.cwd()) / FOLDER
    stale = {
        name: content
        for name, content in ((file_name(each), render(each)) for each in BUILDERS)
        if not _holds(folder / name, content)
    }
    for name, content in stale.items():
        if check:
            click.echo(f"{FOLDER}/{name}: stale (run 'vedette schema')")
            continue
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
        click.echo(f"{FOLDER}/{name}: written")
    if not stale:
        click.echo(f"{len(BUILDERS)} schemas in {FOLDER}/ are up to date")
    return 1 if check and stale else 0


def _holds(file: Path, content: str) -> bool:
    # Read as text: a checkout on Windows may have turned the line ends, which changes nothing.
    try:
        return file.read_text(encoding="utf-8") == content
    except (FileNotFoundError, UnicodeDecodeError):
        return False
