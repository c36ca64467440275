"""`frontdoor insight`: how many, where, how long it takes and whether it is fair; and the county map."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.desk_command import AsJson, Desk, Who, actor, fail, now, opened, say

if TYPE_CHECKING:
    from staff.insight import Insight
    from staff.sheets import Sheet
    from storage.insight import Wanted

insight = typer.Typer(
    name="insight",
    help="What the record shows: how many, where, how long it takes, whether it is fair; and the county map.",
    no_args_is_help=True,
)
Since = Annotated[datetime | None, typer.Option(help="From this day or time (London).")]
Until = Annotated[datetime | None, typer.Option(help="Before this day or time (London).")]
District = Annotated[str | None, typer.Option(help="Only this district (its id).")]
FormId = Annotated[str, typer.Option(help="Which form's cases.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, one figure a line, and nothing else.")]


@insight.command()
def reports(
    by: Annotated[str, typer.Option(help="district, land, month, desk or state.")] = "district",
    form: FormId = "encampment",
    since: Since = None,
    until: Until = None,
    district: District = None,
    who: Who = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Count reports and sites side by side."""
    with opened() as desk, _counting():
        sheet = _insight(desk).reports(_wanted(form, since, until, district), by, actor=actor(who), now=now())
    _print(sheet, as_json=as_json, as_csv=as_csv)


@insight.command()
def times(
    form: FormId = "encampment",
    since: Since = None,
    until: Until = None,
    district: District = None,
    who: Who = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Measure how long sites stay in each state, in working time, and how many within their clock."""
    with opened() as desk, _counting():
        sheet = _insight(desk).times(_wanted(form, since, until, district), actor=actor(who), now=now())
    _print(sheet, as_json=as_json, as_csv=as_csv)


@insight.command()
def fairness(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write a page (.html).")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Small numbers hidden, so that it may be published.")
    ] = False,
    form: FormId = "encampment",
    since: Since = None,
    until: Until = None,
    district: District = None,
    who: Who = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Gather the evidence for the equality duty (Equality Act 2010, section 149)."""
    from bot.pages import render_page
    from bot.sheet_output import print_csv, print_json, show_report, show_value

    with opened() as desk, _counting():
        asked = _wanted(form, since, until, district)
        report = _insight(desk).fairness(asked, public=public, actor=actor(who), now=now())
    if output is not None:
        page = render_page("fairness.html", report=report, made=_today(), show=show_value)
        _write(output, page)
    if as_json:
        print_json(report)
    elif as_csv:
        print_csv(report.sheets)
    elif output is not None:
        say(f"Written to {output}.")
    else:
        show_report(report)


@insight.command("map")
def draw_map(
    output: Annotated[Path, typer.Option("-o", "--output", help="The page to write.")] = Path("map.html"),
    open_only: Annotated[bool, typer.Option("--open-only", help="Without sites that are closed.")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Sites by named place, no points, small numbers hidden.")
    ] = False,
    form: FormId = "encampment",
    since: Since = None,
    until: Until = None,
    district: District = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Draw the county with its sites, as one page that needs nothing else."""
    from bot.county_page import MapNames, render_places, render_sites
    from bot.map_ground import find_outlines, make_ground, read_county
    from bot.settings import ROOT
    from staff.insight import describe
    from staff.map_sites import count_by_place

    with opened() as desk, _counting():
        asked = _wanted(form, since, until, district)
        at = now()
        found = _insight(desk).sites(asked, open_only=open_only, public=publish, actor=actor(who), now=at)
        gazetteer = desk.content.gazetteer
        names = gazetteer.district_names
        files = read_county(ROOT / "county")
        ground = make_ground(files, find_outlines(desk.settings.data / "geo.sqlite", files))
        covers = describe(asked, "Open sites" if open_only else "All sites", names)
        if publish:
            page = render_places(count_by_place(found, gazetteer), ground, names, covers, at)
        else:
            land = next((f for f in desk.content.forms[form].fields if f.id == "land"), None)
            options = {option.value: option.label for option in land.options} if land else {}
            page = render_sites(found, ground, files.map, MapNames(names, options), covers, at)
        _write(output, page)
    told = f"{len(found)} site(s) in {output}."
    if not publish:
        told += " It shows where people live: for staff alone."
    say(told, as_json=as_json, sites=len(found), file=str(output))


def _print(sheet: "Sheet", *, as_json: bool, as_csv: bool) -> None:
    from bot.sheet_output import print_csv, print_json, show_sheet

    if as_json:
        print_json(sheet)
    elif as_csv:
        print_csv([sheet])
    else:
        show_sheet(sheet)


def _insight(desk: Desk) -> "Insight":
    from flows.office import QuietHours
    from staff.insight import Insight

    quiet = QuietHours(**desk.settings.config.quiet_hours.model_dump())
    return Insight(desk.database, desk.content, quiet)


def _wanted(form: str, since: datetime | None, until: datetime | None, district: str | None) -> "Wanted":
    from bot.exporting import london
    from storage.insight import Wanted

    return Wanted(form, london(since), london(until), district)


@contextmanager
def _counting() -> Iterator[None]:
    """A hundred thousand reports take a second or two: whoever waits is told."""
    with Console(stderr=True).status("Counting ..."):
        yield


def _write(path: Path, page: str) -> None:
    from bot.pages import write_page

    try:
        write_page(path, page)
    except OSError as error:
        fail(f"{path} cannot be written ({error.strerror}). Please give another file with -o.")


def _today() -> str:
    from flows.county import LONDON

    local = now().astimezone(LONDON)
    return f"{local.day} {local:%B %Y}"
