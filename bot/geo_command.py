"""`frontdoor geo`: load the operator's own copies of national geography, and see what is loaded."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.desk_command import AsJson, fail, now, show_rows, when
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from storage.geo_file import Loaded
    from storage.geo_import import CountyShape

geo = typer.Typer(
    name="geo",
    help="Load postcodes, boundaries and names for exact places; see what is loaded.",
    no_args_is_help=True,
)
COLUMNS = ("What", "From", "Loaded", "Rows read", "Kept")


@geo.command("import")
def import_files(
    postcodes: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="ONS Postcode Directory (ONSPD): its zip or its CSV."),
    ] = None,
    boundaries: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="ONS Local Authority Districts boundaries, GeoJSON."),
    ] = None,
    names: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="OS Open Names: its CSV zip or one CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load your own copies, each as it is published. What lies over 15 km from the county is left out.

    What is not given stays as it was loaded before. A file with a fault changes nothing. A front door that is
    running uses the new data from its next message on.
    """
    from bot.deployment import make_data_folder
    from storage.geo_file import FILE_NAME
    from storage.geo_import import import_geo
    from storage.geo_sources import GeoFault

    if not (postcodes or boundaries or names):
        fail("Give at least one of --postcodes, --boundaries and --names.")
    settings = load_settings(os.environ)
    make_data_folder(settings)
    console = Console(stderr=True)
    with console.status("Reading ...") as status:
        try:
            done = import_geo(
                settings.data / FILE_NAME,
                county_shape(settings),
                now(),
                postcodes=postcodes,
                boundaries=boundaries,
                names=names,
                tell=lambda kind, rows: status.update(f"Reading {kind}: {rows:,} rows"),
            )
        except GeoFault as fault:
            fail(f"{fault}. Nothing was changed.")
        except OSError as error:
            fail(f"{settings.data / FILE_NAME} cannot be written: {error.strerror}. Nothing was changed.")
    _show(done, as_json=as_json)


@geo.command()
def show(as_json: AsJson = False) -> None:
    """Show what is loaded, from which file and when."""
    from storage.geo_file import FILE_NAME, GeoFile

    loaded = GeoFile(load_settings(os.environ).data / FILE_NAME).list_loaded()
    _show(loaded, as_json=as_json)


def county_shape(settings: Settings) -> "CountyShape":
    """Which county the deployment serves, from its files."""
    from flows.yaml_lines import read_yaml
    from storage.geo_import import CountyShape

    county = settings.root / "county"
    districts, places = read_yaml(county / "districts.yml"), read_yaml(county / "places.yml")["places"]
    return CountyShape(
        {d["code"]: d["name"] for d in districts["districts"]},
        frozenset(area["code"] for area in districts["outward_codes"]),
        tuple((place["latitude"], place["longitude"]) for place in places),
    )


def _show(rows: "list[Loaded]", *, as_json: bool) -> None:
    cells = [
        [row.kind, row.source, when(datetime.fromisoformat(row.at)), f"{row.read:,}", f"{row.kept:,}"]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "file(s) loaded", as_json=as_json)
