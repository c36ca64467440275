"""A hundred thousand answers in a real record: how soon they are read, counted and made into a page."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import insert

from bench.consultations.played import make_door, make_turns
from bot.consultation_results_page import render_results
from bot.turns import Source
from bot.web import make_app
from bot.webchat import WebChannel
from flows.consultations import Consultation, Question, QuestionKind
from flows.content import Content
from flows.county import DistrictsFile
from flows.forms import DONT_KNOW
from flows.messages import ChannelName
from flows.yaml_lines import read_yaml
from staff.consulting.answer_columns import AnswerColumns
from staff.consulting.census import load_census
from staff.consulting.counting import count_columns
from staff.consulting.findings import ConsultationFindings
from staff.consulting.flooding import find_floods
from staff.consulting.results import make_results, questions_told
from staff.consulting.weighing import find_people
from storage.counted_answers import read_answers
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.tables import responses
from storage.vault import Vault

TIMES = 5
AT_ONCE = 5000
NOW = datetime(2027, 1, 18, 12, tzinfo=UTC)
ANEW = "results as staff get them: read, made, written"
PAGE = "results page as everybody gets it: published, over its route"
DISTRICTS = ("north_warwickshire", "nuneaton_and_bedworth", "rugby", "stratford_on_avon", "warwick")


@dataclass(frozen=True)
class StepTime:
    """The middle and the longest of five, warm."""

    step: str
    median_ms: float
    longest_ms: float


@dataclass(frozen=True)
class LargeResult:
    """`date` is the day, `load` the machine's load average just before."""

    date: str
    load: float
    answers: int
    megabytes: float
    steps: tuple[StepTime, ...]


def measure_large(root: Path, folder: Path, content: Content, *, answers: int) -> LargeResult:
    file = folder / "large.db"
    database = Database(f"sqlite:///{file}", Vault("a secret for the benchmark alone, 0123456789"))
    migrate(database)
    consultation = content.consultations["precept_2027"]
    fill(database, consultation, answers)
    people = find_people(consultation, load_census(root / "county"))
    districts = DistrictsFile.model_validate(read_yaml(root / "county" / "districts.yml")).districts
    names = {district.id: district.name for district in districts}
    asked = questions_told(consultation)

    def read() -> list[Any]:
        with database.reading() as tx:
            return list(tx.responses.stream(consultation.id))

    def read_counted() -> AnswerColumns:
        with database.reading() as tx:
            return AnswerColumns.read(read_answers(tx, consultation.id, consultation.version), asked)

    load = round(os.getloadavg()[0], 2)
    kept, columns = read(), read_counted()
    steps = [
        _time("read one by one (SQLite), all but the words", read),
        _time("read at once, as results need it", read_counted),
        _time(
            "counted: every question that is told, by who and by door", lambda: count_columns(columns, asked)
        ),
        _time(
            "results made: weighted, small numbers hidden",
            lambda: make_results(consultation, columns, people, names),
        ),
        _time("looked through for floods, without words", lambda: find_floods(kept), times=2),
    ]
    made = make_results(consultation, columns, people, names)
    findings = ConsultationFindings(database, content, root / "county", names)
    steps += [
        _time("page written from results made", lambda: render_results(made, NOW)),
        _time(ANEW, lambda: render_results(findings.results(consultation.id).results, NOW)),
        _time("who is missing, as staff get it", lambda: findings.missing(consultation.id, now=NOW)),
        _time("the ledger, as staff get it", lambda: findings.ledger(consultation.id)),
    ]
    page = render_results(made, NOW)
    database.run_blocking(lambda tx: tx.published_results.add(consultation.id, page, {}, "bench", NOW))
    steps.append(asyncio.run(_time_served(database, content, consultation, folder)))
    database.dispose()
    return LargeResult(
        date.today().isoformat(), load, answers, round(file.stat().st_size / 1e6, 1), tuple(steps)
    )


def _time(step: str, work: Callable[[], Any], *, times: int = TIMES) -> StepTime:
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return StepTime(step, round(median(taken), 1), round(max(taken), 1))


async def _time_served(
    database: Database, content: Content, consultation: Consultation, folder: Path
) -> StepTime:
    """What is published is a page of the record: nothing is counted when somebody reads it."""
    source = Source(lambda: NOW, lambda: 1, "bench")
    turns = make_turns(database, source, content, {ChannelName.WEB: WebChannel()}, folder)
    app = make_app(make_door(database, turns, source, content))
    taken = []
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        for _ in range(TIMES + 1):
            start = time.perf_counter()
            (await client.get(f"/consultations/{consultation.id}")).raise_for_status()
            taken.append((time.perf_counter() - start) * 1000)
    return StepTime(PAGE, round(median(taken[1:]), 1), round(max(taken[1:]), 1))


def fill(database: Database, consultation: Consultation, answers: int) -> None:
    """Opens it and writes answers as they are kept, straight into the table: giving each by its turn takes hours."""
    draw = Random(2027)
    now = datetime(2026, 12, 1, tzinfo=UTC)
    asked = consultation.model_dump(mode="json")
    database.run_blocking(
        lambda tx: tx.consultations.open(consultation.id, consultation.version, asked, "bench", "bench", now)
    )
    for begin in range(0, answers, AT_ONCE):
        rows = [_row(consultation, draw, now) for _ in range(min(AT_ONCE, answers - begin))]

        def write(tx: Transaction, rows: list[dict[str, Any]] = rows) -> None:
            tx.connection.execute(insert(responses), rows)

        database.run_blocking(write)


def _row(consultation: Consultation, draw: Random, now: datetime) -> dict[str, Any]:
    district = draw.choices(DISTRICTS, (5, 12, 18, 25, 40))[0]
    answers = {
        question.id: said
        for question in consultation.questions
        if (said := _answer(question, draw, district)) is not None
    }
    at = now + timedelta(seconds=draw.randrange(47 * 86_400))
    number = draw.getrandbits(128)
    return {
        "id": str(UUID(int=number)),
        "consultation": consultation.id,
        "version": consultation.version,
        "respondent_index": f"{number:064x}",
        "channel": draw.choices(("web", "sms", "telegram"), (60, 30, 10))[0],
        "language": "en",
        "district": district,
        "age_band": answers.get(consultation.about.age_band),
        "is_police": answers.get(consultation.about.is_police),
        "answers": answers,
        "orders": {
            question.id: [option.value for option in draw.sample(question.options, len(question.options))]
            for question in consultation.questions
            if question.shuffle
        },
        "network_index": f"{draw.randrange(80_000):064x}",
        "seconds": max(9, int(draw.lognormvariate(0, 0.5) * 75)),
        "answered_at": at,
        "changed_at": at,
    }


def _answer(question: Question, draw: Random, district: str) -> Any:
    options = [option.value for option in question.options if option.value != DONT_KNOW]
    match question.kind:
        case QuestionKind.PLACE:
            return {"district": district}
        case QuestionKind.YES_NO:
            return draw.random() < 0.02
        case QuestionKind.BUDGET:
            cuts = sorted(draw.choices(range(0, 101, 5), k=len(options) - 1))
            return dict(
                zip(options, (b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)), strict=True)
            )
        case QuestionKind.SINGLE:
            wanted = options[1:] if question.id == "age" else options
            return draw.choices([*wanted, DONT_KNOW] if question.dont_know else wanted)[0]
        case _:
            return None
