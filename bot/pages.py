"""Pages written to a file, for staff and for print: one HTML file each that needs nothing else."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.settings import ROOT

TEMPLATES = ROOT / "bot" / "templates"


def render_page(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


def write_page(path: Path, page: str) -> None:
    """Raises OSError."""
    path.write_text(page, encoding="utf-8", errors="replace")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
