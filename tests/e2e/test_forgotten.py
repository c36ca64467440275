"""FORGET ME on a real front door: afterwards neither record, files, photos nor logs hold a word of the person."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from fake_telegram import FakeTelegram, text_update
from fake_twilio import FakeTwilio
from front_door import PUBLIC_URL, FrontDoorProcess
from open_record import tables_with
from PIL import Image
from sqlalchemy import select

from flows.references import find_reference
from storage.tables import audit, outbox, submissions

pytestmark = pytest.mark.slow

MARKER = "Zanzibar"
NUMBER = "+447700900123"
CHAT = 7700900456
WORDS = (MARKER, NUMBER, NUMBER.removeprefix("+44"), str(CHAT))
REPORT = (
    *(
        "report encampment",
        f"lay-by on {MARKER} Road, Southam",
        "6",
        "2",
        "yesterday morning",
        "lay-by",
        "1 2",
    ),
    *("neither", f"the gate by {MARKER} farm"),
)
SIGN_UP = ("join watch", "1", "1", f"{MARKER} Patel, CV34 6PH", "1", "yes", "send")


class Person:
    """Somebody who texts, and writes by Telegram."""

    def __init__(self, door: FrontDoorProcess, telegram: FakeTelegram, twilio: FakeTwilio) -> None:
        self.door, self.telegram, self.twilio = door, telegram, twilio

    def text(self, *bodies: str, media: list[tuple[str, bytes]] | None = None) -> str:
        """Sends one text after the other, each once the one before is answered; returns the last answer."""
        for body in bodies:
            before = len(self._answers())
            fields = self.twilio.receive(NUMBER, body, media)
            headers = {
                "content-type": "application/x-www-form-urlencoded",
                "x-twilio-signature": self.twilio.sign(f"{PUBLIC_URL}/sms/webhook", fields),
            }
            self._post("/sms/webhook", headers=headers, content=urlencode(fields))
            assert self.twilio.wait_for(lambda before=before: len(self._answers()) > before), body
            self._settle()
        return "\n".join(self._answers()[before:])

    def _answers(self) -> list[str]:
        """The texts that answer; what is sent unasked comes when it comes, and not at night."""
        bodies = [str(sent["body"]) for sent in self.twilio.sent_to(NUMBER)]
        return [body for body in bodies if not body.startswith("Another chat was joined")]

    def write(self, words: str) -> None:
        assert self.telegram.wait_for(lambda: bool(self.telegram.webhook))
        secret = {"x-telegram-bot-api-secret-token": self.telegram.webhook["secret_token"]}
        update = text_update(self.telegram.next_update_id(), CHAT, words)
        before = len(self.telegram.sent_to(CHAT))
        self._post("/telegram/webhook", headers=secret, json=update)
        assert self.telegram.wait_for(lambda: len(self.telegram.sent_to(CHAT)) > before)
        self._settle()

    def _post(self, path: str, **request: object) -> None:
        httpx.post(f"{self.door.url}{path}", trust_env=False, **request).raise_for_status()  # type: ignore[arg-type]

    def _settle(self) -> None:
        """Until what was promised is known to be sent."""
        database = self.door.database()
        live = select(outbox.c.id).where(outbox.c.state.in_(["pending", "leased", "sending"]))
        until = time.monotonic() + 15
        while True:
            with database.reading() as tx:
                waiting = tx.connection.execute(live).all()
            if not waiting:
                break
            assert time.monotonic() < until, "something is never sent"
            time.sleep(0.05)
        database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest, start: Callable[..., FrontDoorProcess]) -> FrontDoorProcess:
    if request.param == "sqlite":
        return start("--no-understanding")
    return start("--no-understanding", DATABASE_URL=request.getfixturevalue("postgres_url"))


def test_after_forget_me_nothing_of_the_person_is_left_anywhere(
    door: FrontDoorProcess, telegram: FakeTelegram, twilio: FakeTwilio
):
    person = Person(door, telegram, twilio)
    person.text(f"hello this is {MARKER}")
    person.write("/start")
    person.write(f"hello this is {MARKER} too")
    person.text(*REPORT)
    person.text("", media=[("image/jpeg", jpeg())])
    reference = found_in(person.text("done", "no", "send"))
    person.text(*SIGN_UP)
    person.write(found_in(person.text("join chats"), "JN"))
    person.text(*REPORT)

    before = held(door)
    assert before.keys() >= {"handles", "conversations", "inbox", "messages", "outbox", "submissions"}
    photos = door.data / "photos"
    assert len(list(photos.iterdir())) == 1
    if "DATABASE_URL" not in door.environment:
        assert in_files(door.data) != [], (
            "what a report says lies open on the disk, or nothing is shown below"
        )

    assert "Shall I erase all about you" in person.text("forget me")
    told = person.text("1")
    receipt = found_in(told, "ER")

    # Files go, and the journal is cut off, just after the commit that sends the receipt.
    soon(lambda: not list(photos.iterdir()) and not in_files(door.data))
    assert held(door) == {}
    logs = list(door.data.parent.glob("*.log"))
    assert logs != []
    assert [log for log in logs if holds(log)] == []
    database = door.database()
    with database.reading() as tx:
        kept = tx.connection.execute(select(submissions).where(submissions.c.reference == reference)).one()
        [erased] = tx.connection.execute(select(audit).where(audit.c.action == "person.forgotten")).all()
    database.dispose()
    assert receipt in str(erased._mapping)
    assert json.loads(erased.detail)["kept"] == ["encampment", "consent"]
    assert (kept.answers["caravans"], kept.person_id, kept.conversation_id) == (6, None, None)
    assert telegram.violations == twilio.violations == []

    # And it holds through a restart and the next message, which is from somebody new.
    assert door.stop() < 10
    assert in_files(door.data) == []
    door.start()
    assert "Watch membership" in person.text("my watch")
    assert MARKER not in str(held(door, MARKER))


def soon(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG")
    return file.getvalue()


def found_in(told: str, prefix: str = "EN") -> str:
    found = find_reference(told[told.index(f"{prefix}-") :])
    assert found is not None, told
    return found


def held(door: FrontDoorProcess, *words: str) -> dict[str, int]:
    """How many rows of each table hold a word of the person, sealed columns opened."""
    database = door.database()
    with database.reading() as tx:
        found = tables_with(tx, *(words or WORDS))
    database.dispose()
    return found


def in_files(folder: Path) -> list[str]:
    """Files of the data folder, read as they lie on the disk, that hold such a word."""
    return [str(file) for file in sorted(folder.rglob("*")) if file.is_file() and holds(file)]


def holds(file: Path) -> bool:
    raw = file.read_bytes().lower()
    return any(word.lower().encode(coding) in raw for word in WORDS for coding in ("utf-8", "utf-16-le"))
