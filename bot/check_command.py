"""`frontdoor check`: what is wrong in config, forms, texts, answers and training messages, or waits for a person."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.desk_command import fail
from bot.settings import ROOT, SettingsError

if TYPE_CHECKING:
    from flows.content import Content

out = Console()
err = Console(stderr=True)


def check(
    review: Annotated[
        bool, typer.Option("--review", help="List instead what staff have to confirm or review.")
    ] = False,
) -> None:
    """Check config, forms, texts, knowledge, places and training messages; each fault with its file and line."""
    from bot.settings import load_config
    from flows.check import check_content
    from flows.open311 import find_unfit
    from nlu.training_files import check_training
    from staff.consulting.missing_check import check_missing

    today = datetime.now(UTC).date()
    if review:
        _list_to_review(today)
        return
    faults = [*check_content(ROOT, today=today), *check_training(ROOT), *check_missing(ROOT)]
    try:
        config = load_config(ROOT / "config.yml")
    except SettingsError as error:
        fail(str(error))
    errors = [f for f in faults if not f.is_warning]
    for fault in faults:
        shown = "[yellow]warning[/]" if fault.is_warning else "[red]fault[/]"
        err.print(
            f"{fault.file}:{fault.line}: {shown}: {escape(fault.message)}", highlight=False, soft_wrap=True
        )
    if errors:
        fail(f"{len(errors)} fault(s). Nothing was changed; mend them and check again.")
    content = _load_every_language()
    if unfit := find_unfit(config.open311.forms, content.forms):
        fail(unfit)
    _show_costs(content)
    out.print(f"All good: {', '.join(config.service.languages)}; {len(faults)} warning(s).")


def _load_every_language() -> "Content":
    """The words and forms, with each language there is, on or not."""
    from flows.content import load_content
    from flows.texts import LANGUAGES_FILE, SOURCE_LANGUAGE

    folder = ROOT / "flows" / "texts"
    there = sorted(
        p.stem for p in folder.glob("*.yml") if p.name != LANGUAGES_FILE and p.stem != SOURCE_LANGUAGE
    )
    return load_content(ROOT / "flows", ROOT / "county", languages=(SOURCE_LANGUAGE, *there))


def _show_costs(content: "Content") -> None:
    """What the service's own sentences cost by SMS in each language."""
    from bot.segment_costs import cost_of

    table = Table(
        "Language", "Read by", "Sentences", "In UCS-2", "Segments each", "Most", title="By text message"
    )
    for code in content.texts.languages:
        cost = cost_of(content, code)
        reader = cost.reviewed_by or "nobody yet"
        table.add_row(
            code, reader, str(cost.texts), str(cost.ucs2), f"{cost.mean:.2f}", f"{cost.most} ({cost.dearest})"
        )
    out.print(table)


def _list_to_review(today: date) -> None:
    """What is withheld or rests on general knowledge until a person has confirmed it."""
    from flows.check_answers import list_to_review
    from flows.findings import Findings

    rows = list_to_review(Findings(ROOT, today))
    table = Table()
    table.add_column("What", no_wrap=True)
    table.add_column("To confirm", overflow="fold")
    for what, why in rows:
        table.add_row(escape(what), escape(why))
    out.print(table)
    out.print(f"{len(rows)} point(s). No resident is told an unconfirmed number or law as certain meanwhile.")
