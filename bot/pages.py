"""Pages written to a file, for staff and for print: one HTML file or one PDF each that needs nothing else."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.settings import ROOT

TEMPLATES = ROOT / "bot" / "templates"


def render_page(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


def make_environment() -> Environment:
    """For pages with filters of their own."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write_page(path: Path, page: str) -> None:
    """Raises OSError."""
    # Half a surrogate pair may stand in a message; there is no way to write one.
    path.write_text(page, encoding="utf-8", errors="replace")


def render_pdf(template: str, now: datetime, **values: Any) -> bytes:
    """A tagged PDF. The template reads the values as JSON: words in them are never markup.

    A letter that no font of the machine has is a box, to screen readers too; such a PDF does not call itself PDF/UA.
    """
    plain = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")

    def make(standard: Literal["ua-1"] | None) -> bytes:
        return typst.compile(
            TEMPLATES / template,
            format="pdf",
            sys_inputs={"values": plain},
            timestamp=now.replace(microsecond=0),  # it takes no finer one
            pdf_standards=standard,
        )

    try:
        return make("ua-1")
    except typst.TypstError as error:
        if "could not be displayed with font" not in str(error):
            raise
        return make(None)


@cache
def _environment() -> Environment:
    return make_environment()
