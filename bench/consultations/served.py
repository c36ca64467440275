"""The precept survey by web chat with a real `frontdoor serve` and its trained model, over HTTP.

What the service takes is measured; what a person takes is modelled (bench/consultations/people.py) and not waited
for. The service runs from a copy of the files in which the survey is open today: nothing else in it is changed.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median

import httpx

from bench.consultations.chatting import Chatted, play_chat
from bench.consultations.people import draw_person
from bench.load import TIMEOUT_SECONDS, find_percentile
from bench.subjects import MODEL_SECONDS
from bench.systems import (
    HOST,
    BenchFailed,
    clean_environment,
    find_free_port,
    make_client,
    running,
    wait_until,
)

SURVEY = "precept_2027"
COPIED = ("bot", "flows", "county", "nlu", "staff", "storage")
COMMAND = (sys.executable, "-c", "from bot.cli import main; main()")
WARM_UP_CHATS = 2
SEED = 2027
# One of each for each chat, by turns; "> " before a button's label. The first line is a link followed.
ANSWERS: tuple[tuple[str, ...], ...] = (
    ("/start ask_precept_2027",),
    ("cv34", "rugby", "kenilworth", "nuneaton", "stratford", "bedworth", "atherstone"),
    ("> 16 to 24", "> 25 to 44", "> 45 to 64", "> 65 or over", "im 52"),
    ("> No", "> No", "> Yes", "no"),
    (
        "> Less than this year",
        "> The same as this year",
        "> £5 more a year (10p a week)",
        "> £15 more a year (29p a week)",
        "> Don't know",
    ),
    ("40 20 20 20", "25 25 25 25", "local police 50 roads 50", "10 50 30 10"),
    (
        "more police at night please",
        "I would like to see the same officer more than once",
        "cars go far too fast through our village",
        "> Skip",
        "we never hear what came of it when we report something",
        "no",
    ),
    ("> Send it",),
)


@dataclass(frozen=True)
class ServedResult:
    """Seconds from the link to the receipt. `service` is measured, `person` modelled, `whole` is both together.

    `date` is the day, `load` the machine's load average just before. `message_*` are milliseconds of one message;
    `words` are those shown before the answers are sent.
    """

    date: str
    load: float
    chats: int
    questions: int
    words: float
    service: float
    service_p95: float
    message_median_ms: float
    message_p95_ms: float
    person: float
    person_p95: float
    whole: float
    whole_p95: float


def measure_served(root: Path, models: Path, folder: Path, *, chats: int) -> ServedResult:
    """Raises BenchFailed where the service does not start, or an answer is not kept."""
    copy = _copy_service(root, folder / "service", date.today())
    environment = clean_environment(
        {"FRONTDOOR_DATA": str(folder / "served"), "FRONTDOOR_MODELS": str(models)}
    )
    _run(copy, environment, "consultation", "open", SURVEY)
    with _serving(copy, environment, folder / "served.log") as url:
        asyncio.run(_play_all(url, WARM_UP_CHATS))
        load = round(os.getloadavg()[0], 2)
        played = asyncio.run(_play_all(url, chats))
    kept = json.loads(_run(copy, environment, "consultation", "list", "--json"))
    answers = next(row["responses"] for row in kept if row["id"] == SURVEY)
    if answers != chats + WARM_UP_CHATS:
        raise BenchFailed(f"{SURVEY}: {answers} of {chats + WARM_UP_CHATS} answers were kept")
    return sum_up(played, date=date.today().isoformat(), load=load)


def _copy_service(root: Path, copy: Path, today: date) -> Path:
    """The service's files with the survey open from yesterday on."""
    for name in COPIED:
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "config.yml", copy)
    (copy / ".venv-nlu").symlink_to(root / ".venv-nlu")
    file = copy / "county" / "consultations" / f"{SURVEY}.yml"
    text = file.read_text(encoding="utf-8")
    for key, days in (("opens", -1), ("closes", 46), ("decision_on", 70)):
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {today + timedelta(days=days)}", text)
    file.write_text(text, encoding="utf-8")
    return copy


def _run(copy: Path, environment: dict[str, str], *arguments: str) -> str:
    """A command of the service on its data; returns what it printed."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BenchFailed(f"frontdoor {' '.join(arguments)}: {done.stderr[-500:]}")
    return done.stdout


@contextlib.contextmanager
def _serving(copy: Path, environment: dict[str, str], log: Path) -> Iterator[str]:
    """The service with its model ready; gives its address."""
    url = f"http://{HOST}:{(port := find_free_port())}"
    command = [*COMMAND, "serve", "--port", str(port)]
    with running(command, cwd=copy, environment=environment, log=log) as process:
        with make_client(url) as client:
            wait_until(
                lambda: client.get("/readyz").json()["understanding"] == "ready",
                [process],
                log,
                what="the front door",
                timeout_seconds=MODEL_SECONDS,
            )
        yield url


async def _play_all(url: str, chats: int) -> list[Chatted]:
    """One chat after the other, each with other answers."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        return [await play_chat(client, lines_of(number)) for number in range(chats)]


def lines_of(number: int) -> tuple[str, ...]:
    """The script of one chat."""
    return tuple(choices[number % len(choices)] for choices in ANSWERS)


def sum_up(played: Sequence[Chatted], *, date: str, load: float) -> ServedResult:
    """The chats' times, with a person drawn for each."""
    chance = Random(SEED)
    service = [chat.seconds for chat in played]
    person = []
    for chat in played:
        somebody = draw_person(chance)
        answering = sum(map(somebody.seconds_to_answer, chat.lines))
        person.append(somebody.seconds_to_read(chat.words) + answering)
    whole = [a + b for a, b in zip(service, person, strict=True)]
    messages = [seconds * 1000 for chat in played for seconds in chat.requests[1:]]
    return ServedResult(
        date=date,
        load=load,
        chats=len(played),
        questions=len(ANSWERS) - 2,
        words=median(chat.words for chat in played),
        service=round(median(service), 3),
        service_p95=round(find_percentile(service, 95), 3),
        message_median_ms=round(median(messages), 1),
        message_p95_ms=round(find_percentile(messages, 95), 1),
        person=round(median(person), 1),
        person_p95=round(find_percentile(person, 95), 1),
        whole=round(median(whole), 1),
        whole_p95=round(find_percentile(whole, 95), 1),
    )
