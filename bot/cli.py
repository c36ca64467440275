"""The `frontdoor` command. Each word is thin: it reads its options, calls the room that does the work, prints."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.api_keys_command import api_keys
from bot.case_photos_command import cases
from bot.consultation_command import consultation, ledger
from bot.consultation_findings_command import add_findings
from bot.consultation_floods_command import floods
from bot.consultation_themes_command import add_to as add_themes
from bot.geo_command import geo
from bot.groups_command import groups
from bot.insight_command import insight
from bot.invite_command import invite
from bot.knowledge_command import knowledge
from bot.packet_command import packet
from bot.settings import ROOT, Settings, SettingsError, load_settings
from bot.unanswered_command import unanswered
from bot.webhooks_command import webhooks

if TYPE_CHECKING:
    from flows.content import Content

app = typer.Typer(
    name="frontdoor",
    help="A county's messaging front door: web chat, Telegram and SMS into one conversation and one record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(unanswered)
app.add_typer(knowledge)
cases.command()(packet)
app.add_typer(cases)
app.add_typer(groups)
app.add_typer(invite)
app.add_typer(insight)
app.add_typer(geo)
app.add_typer(api_keys)
app.add_typer(webhooks)
consultation.command()(floods)
add_themes(consultation)
add_findings(consultation, ledger)
app.add_typer(consultation)
DEFAULT_URL = "http://127.0.0.1:8080"
out = Console()
err = Console(stderr=True)


class Format(StrEnum):
    """What an export can be written as; storage has the same, but loads too much for --help."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    GEOJSON = "geojson"


class Level(StrEnum):
    """How much of personal data an export shows."""

    OPEN = "open"
    STANDARD = "standard"
    FULL = "full"


def main() -> None:
    """Runs the command; a fault an operator can mend is one sentence and exit code 1, not a traceback."""
    from storage.errors import SecretKeyError, StorageBusy

    try:
        app()
    except (SettingsError, SecretKeyError) as error:
        _fail(str(error))
    except StorageBusy:
        _fail("The database is locked by another program. Stop it or try again in a moment.")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    telegram_polling: Annotated[
        bool, typer.Option("--telegram-polling", help="Ask Telegram for updates: no public address needed.")
    ] = False,
    no_understanding: Annotated[
        bool, typer.Option("--no-understanding", help="Without the language model: menu and short answers.")
    ] = False,
) -> None:
    """Open the front door: web chat, Telegram and SMS, with the language model beside it."""
    import uvicorn

    from bot.logs import configure_logs
    from bot.main import build
    from nlu.server import NluState

    configure_logs()
    settings = _settings()
    if telegram_polling and not settings.has_telegram:
        _fail("Polling needs TELEGRAM_TOKEN (README, 'Connect a Telegram bot').")
    begun = time.monotonic()
    said = {
        NluState.STARTING: "Understanding: starting; menu, buttons and short answers work meanwhile",
        NluState.READY: "Understanding: ready",
        NluState.RESTARTING: "Understanding: restarting; menu, buttons and short answers work meanwhile",
        NluState.NO_MODEL: "Understanding: there is no model; run `frontdoor train`",
    }

    def tell(state: NluState) -> None:
        if state in said:
            err.print(f"{said[state]} ({time.monotonic() - begun:.0f} s)")

    door = build(settings, polling=telegram_polling, with_model=not no_understanding, on_nlu_change=tell)
    doors = ["web chat", *(["Telegram"] if door.telegram else []), *(["SMS"] if door.sms else [])]
    if not no_understanding:
        _say_where_model_is_old(settings)
    err.print(f"Front Door on http://{host}:{port} ({', '.join(doors)}). Stop it with Ctrl+C.")
    if door.telegram and not telegram_polling and not settings.environment.public_url:
        err.print("Telegram cannot reach this machine: set PUBLIC_URL, or start with --telegram-polling.")
    uvicorn.run(
        door.app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        # With the worker's 2 seconds and the model's 5 it ends within 10, whatever hangs.
        timeout_graceful_shutdown=3,
    )


@app.command()
def chat(
    url: Annotated[str, typer.Option(help="A running front door to talk to.")] = DEFAULT_URL,
    alone: Annotated[
        bool, typer.Option("--alone", help="Open a front door in this process, model and all.")
    ] = False,
) -> None:
    """Talk with the service in the terminal; a report made here is a real one in the database."""
    import httpx

    from bot.logs import configure_logs
    from bot.terminal import talk

    configure_logs(quiet=True)
    try:
        asyncio.run(talk(lambda: _chat_client(url, alone=alone), out))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        _fail(f"What answers at {url} is no front door, or it went away ({type(error).__name__}).")
    except KeyboardInterrupt:
        out.print()


@contextlib.asynccontextmanager
async def _chat_client(url: str, *, alone: bool) -> AsyncIterator[Any]:
    """An HTTP client on the web chat of a running front door, or of one opened in this process."""
    import httpx

    if not alone:
        try:
            async with httpx.AsyncClient(base_url=url, timeout=45, trust_env=False) as client:
                (await client.get("/healthz")).raise_for_status()
                out.print(f"[dim]Talking to {url}.[/]")
                yield client
                return
        except httpx.ConnectError:
            if url != DEFAULT_URL:
                raise
            out.print(f"[dim]Nobody answers at {url}: opening a front door in this process.[/]")
    from bot.main import build
    from nlu.server import NluState

    def tell(state: NluState) -> None:
        out.print(f"[dim](understanding: {state.value})[/]")

    settings = _settings()
    _say_where_model_is_old(settings)
    door = build(settings, on_nlu_change=tell)
    async with door.app.router.lifespan_context(door.app):
        transport = httpx.ASGITransport(app=door.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://frontdoor", timeout=45) as client:
            yield client


@app.command()
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
        _fail(str(error))
    errors = [f for f in faults if not f.is_warning]
    for fault in faults:
        shown = "[yellow]warning[/]" if fault.is_warning else "[red]fault[/]"
        err.print(
            f"{fault.file}:{fault.line}: {shown}: {escape(fault.message)}", highlight=False, soft_wrap=True
        )
    if errors:
        _fail(f"{len(errors)} fault(s). Nothing was changed; mend them and check again.")
    content = _load_every_language()
    if unfit := find_unfit(config.open311.forms, content.forms):
        _fail(unfit)
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


@app.command()
def train() -> None:
    """Train the language model on nlu/data; does nothing where the model is current."""
    from nlu.train import TrainingFailed
    from nlu.train import train as train_model

    settings = _settings()
    try:
        train_model(settings.root, settings.environment.frontdoor_models, say=lambda line: err.print(line))
    except TrainingFailed as error:
        _fail(str(error))


@app.command()
def parse(text: Annotated[str, typer.Argument(help="What a citizen might write.")]) -> None:
    """Print what the language model makes of a message, as JSON."""
    from bot.understanding import parse_once

    settings = _settings()
    _say_where_model_is_old(settings)
    found = asyncio.run(parse_once(settings, text))
    if found is None:
        _fail("The language model did not answer. Run `frontdoor train`, then try again.")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help='JSON Lines: {"text", "label", "accept"?, "entities"?}.')],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON, and nothing else.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(help="Where the report goes.", show_default="evaluation.html in the data folder"),
    ] = None,
    slips: Annotated[
        int | None,
        typer.Option(help="Put slips of the finger into every fifth word first; a seed, such as 1."),
    ] = None,
) -> None:
    """Measure how well the language model understands a file of messages, and write a report of what is wrong."""
    from bot.evaluating import CannotEvaluate, evaluate_file
    from bot.logs import configure_logs
    from nlu.evaluate import BadFile

    configure_logs(quiet=True)
    settings = _settings()
    _say_where_model_is_old(settings)
    try:
        evaluate_file(settings, file, as_json=as_json, html=html, slips=slips, out=out, err=err)
    except (BadFile, CannotEvaluate) as error:
        _fail(str(error))


@app.command()
def export(
    kind: Annotated[
        str,
        typer.Argument(help="Which form's submissions, like encampment; or responses, to a consultation."),
    ],
    format: Annotated[Format, typer.Option("--format")] = Format.CSV,
    consultation: Annotated[str, typer.Option(help="Responses to which (its id).")] = "",
    since: Annotated[datetime | None, typer.Option(help="From this day or time (London).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this day or time (London).")] = None,
    district: Annotated[str | None, typer.Option(help="Only this district (its id).")] = None,
    redact: Annotated[
        Level, typer.Option(help="open: no words, rounded places. full: personal data too, needs --reason.")
    ] = Level.STANDARD,
    reason: Annotated[str, typer.Option(help="Why personal data is taken out; kept in the audit.")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")] = None,
) -> None:
    """Export submissions or responses, with their data dictionary; every export leaves a line in the audit."""
    if kind == "responses" or consultation:
        if kind != "responses" or not consultation or since or until or district:
            _fail(
                "Say which: `export responses --consultation ID`; it takes no --since, --until or --district."
            )
        _export_responses(consultation, format, redact, reason, output or Path(f"{consultation}.{format}"))
        return
    from bot.deployment import load_deployment_content, open_database
    from bot.exporting import export_fields, london
    from storage.export import export_submissions

    settings = _settings()
    forms = load_deployment_content(settings).forms
    form = forms.get(kind)
    if form is None:
        known = ", ".join(sorted(forms))
        _fail(f"There is no form called {kind}. There are: {known}.")
    path = output or Path(f"{kind}.{format}")
    database = open_database(settings)
    try:
        count = export_submissions(
            database,
            form.id,
            export_fields(form),
            format=format,
            out=path,
            who=f"{os.environ.get('USER') or os.getuid()} (command)",
            now=datetime.now(UTC),
            since=london(since),
            until=london(until),
            district=district,
            redact=redact,
            reason=reason,
        )
    except ValueError as error:
        _fail(str(error))
    finally:
        database.dispose()
    out.print(f"{count} submission(s) in {path}.", soft_wrap=True)


def _export_responses(id: str, format: Format, redact: Level, reason: str, path: Path) -> None:
    from bot.desk_command import opened
    from staff.consulting.masking import Masking
    from staff.consulting.responses_export import export_responses

    with opened() as desk:
        masking = Masking.for_county(desk.content)
        try:
            count = export_responses(
                desk.database,
                id,
                format=format,
                out=path,
                who=f"{os.environ.get('USER') or os.getuid()} (command)",
                now=datetime.now(UTC),
                redact=redact,
                reason=reason,
                mask=lambda text: masking.mask(text).text,
            )
        except ValueError as error:
            _fail(str(error))
    out.print(f"{count} response(s) in {path}.", soft_wrap=True)


@app.command("send-due")
def send_due() -> None:
    """Send what is promised and due, and settle what is uncertain, once; for a machine without `serve`."""
    from bot.logs import configure_logs
    from bot.main import build

    configure_logs()
    door = build(_settings(), with_model=False)

    async def run() -> int:
        try:
            await door.sender.reconcile()
            return await door.sender.send_all_due()
        finally:
            await door.aclose()

    out.print(f"{asyncio.run(run())} message(s) taken up.")


@app.command()
def purge() -> None:
    """Delete what has been kept long enough (config.yml, retention), and say how much."""
    from bot.chores import purge_now
    from bot.deployment import open_database
    from bot.photos import PhotoStore

    settings = _settings()
    database = open_database(settings)
    photos = PhotoStore(settings.data / "photos", database.vault)
    table = Table("Kind", "Deleted")
    for kind, count in purge_now(settings, database, photos, datetime.now(UTC)).items():
        table.add_row(kind.replace("_", " "), str(count))
    database.dispose()
    out.print(table)


@app.command()
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
        _fail(f"The benchmark needs the development requirements ({error.name}): run `make test` once.")
    run(reports=reports, with_peer=peer)


def _settings() -> Settings:
    return load_settings(os.environ)


def _say_where_model_is_old(settings: Settings) -> None:
    """Tells the operator that the model knows other messages, labels or words than the files now hold."""
    from nlu.train import find_model, is_current

    models = settings.environment.frontdoor_models
    model = find_model(settings.root, models)
    if model is not None and not is_current(settings.root, models):
        err.print(
            f"Understanding: {model.name} was trained from other data than the files now hold; "
            "it serves until `frontdoor train` has made a new one.",
            soft_wrap=True,
        )


def _fail(message: str) -> NoReturn:
    err.print(message, style="red", highlight=False, soft_wrap=True)
    sys.exit(1)
