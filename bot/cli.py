"""The `frontdoor` command. Each word is thin: it reads its options, calls the room that does the work, prints."""

import sys

import typer
from rich.console import Console
from rich.text import Text

from bot.api_keys_command import api_keys
from bot.audit_command import audit
from bot.bench_command import bench
from bot.case_photos_command import cases
from bot.chat_command import chat
from bot.check_command import check
from bot.consultation_command import consultation, ledger
from bot.consultation_findings_command import add_findings
from bot.consultation_floods_command import floods
from bot.consultation_themes_command import add_to as add_themes
from bot.export_command import export
from bot.geo_command import geo
from bot.groups_command import groups
from bot.insight_command import insight
from bot.invite_command import invite
from bot.knowledge_command import knowledge
from bot.notices_command import notices
from bot.packet_command import packet
from bot.serve_command import purge, send_due, serve
from bot.settings import SettingsError
from bot.unanswered_command import unanswered
from bot.understanding_command import evaluate, parse, train
from bot.webhooks_command import webhooks

app = typer.Typer(
    name="frontdoor",
    help="A county's messaging front door: web chat, Telegram and SMS into one conversation and one record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for word in (serve, chat, check, train, parse, evaluate, export):
    app.command()(word)
app.command("send-due")(send_due)
app.command()(purge)
app.command()(bench)
app.command()(notices)
app.command()(audit)
cases.command()(packet)
consultation.command()(floods)
add_themes(consultation)
add_findings(consultation, ledger)
for words in (
    unanswered,
    knowledge,
    cases,
    groups,
    invite,
    insight,
    geo,
    api_keys,
    webhooks,
    consultation,
):
    app.add_typer(words)


def main() -> None:
    """Runs the command; a fault an operator can mend is one sentence and exit code 1, not a traceback."""
    from storage.errors import SecretKeyError, StorageBusy

    try:
        app()
    except (SettingsError, SecretKeyError) as error:
        _stop(str(error))
    except StorageBusy:
        _stop("The database is locked by another program. Stop it or try again in a moment.")


def _stop(message: str) -> None:
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    sys.exit(1)
