"""The ledger of a consultation as a page and as a PDF: the same words in the same order."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bot.consultation_results_page import day
from bot.pages import render_page, render_pdf
from flows.county import LONDON
from staff.consulting.gunning import GunningLedger


def render_ledger(ledger: GunningLedger, now: datetime) -> str:
    return render_page("consultation_ledger.html", ledger=ledger, made=_made(now))


def write_ledger_pdf(ledger: GunningLedger, path: Path, now: datetime) -> None:
    """Raises OSError."""
    path.write_bytes(render_pdf("consultation_ledger.typ", now, ledger=asdict(ledger), made=_made(now)))


def _made(now: datetime) -> str:
    return day(now.astimezone(LONDON).date())
