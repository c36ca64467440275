"""`frontdoor bench`: what is measured, beside its peers."""

from pathlib import Path
from typing import Annotated

import typer

from bot.desk_command import fail


def bench(
    reports: Annotated[int, typer.Option(help="Reports per load.")] = 160,
    peer: Annotated[bool, typer.Option(help="Also measure the Rasa-only peer.")] = True,
    nlu: Annotated[bool, typer.Option("--nlu", help="Measure how well messages are understood.")] = False,
    answers: Annotated[
        bool,
        typer.Option("--answers", help="Measure how soon an answer leaves once a message is understood."),
    ] = False,
    sites: Annotated[
        bool,
        typer.Option(
            "--sites", help="Measure how reports are grouped into sites, and how soon sites are found."
        ),
    ] = False,
    themes: Annotated[
        bool,
        typer.Option("--themes", help="Measure how well themes of free answers are found."),
    ] = False,
    consultations: Annotated[
        bool,
        typer.Option(
            "--consultations", help="Measure weights against a truth, surveys by script, speed and floods."
        ),
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="With --nlu: few messages, to try it.")] = False,
    sets: Annotated[
        list[Path] | None,
        typer.Option("--set", help="With --nlu: your files of a public intent set; repeat."),
    ] = None,
) -> None:
    """Measure whole reports over the web chat, or with --nlu the understanding of messages, beside peers."""
    try:
        if nlu:
            from bench.nlu.run import run as run_nlu

            run_nlu(quick=quick, sets=sets or [])
            return
        if answers:
            from bench.answers import run as run_answers

            run_answers()
            return
        if sites:
            from bench.sites.run import run as run_sites

            run_sites()
            return
        if consultations:
            from bench.consultations.run import run as run_consultations

            run_consultations()
            return
        if themes:
            from bench.themes.run import run as run_themes

            run_themes()
            return
        from bench.run import run
    except ImportError as error:
        fail(f"The benchmark needs the development requirements ({error.name}): run `make test` once.")
    run(reports=reports, with_peer=peer)
