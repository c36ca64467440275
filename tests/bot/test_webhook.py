"""Webhooks: what other case systems are told, that they can trust it, and what becomes of one they do not take."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk import audit, open_desk, run, run_json
from fake_server import Answer, FakeServer, Fault, Request
from house import Chat, House, real_content
from script_engine import ScriptEngine, files_a_report
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import WebhookVerificationError

from bot.channel import Unreachable
from bot.main import build
from bot.outbox import Sender
from bot.settings import ROOT, Open311Config, SettingsError, WebhookConfig, load_settings
from bot.webhook import WebhookOutlet
from flows.content import Content
from flows.events import SubmissionFiled
from flows.forms import Form
from flows.office import EIGHT_TO_EIGHT
from flows.references import make_reference
from flows.webhooks import CHANNEL, HookCase, HookEvent, Webhook, make_body
from staff.cases import Cases
from storage import tables
from storage.database import Database
from storage.states import OutboxState
from storage.submissions import OtherSystem
from storage.webhooks import promise_filed

SECRET = "whsec_" + b64encode(b"a secret of thirty-two letters!!").decode()
WORDS = "Ring Ada about the blocked gate"
DATA = {
    *("reference", "form", "state", "district", "desk", "latitude", "longitude", "certainty"),
    *("caravans", "vehicles", "land", "impact", "joined_to"),
}


class Receiver(FakeServer):
    """Another case system: it checks every message with the library, and answers 204 to those it can trust."""

    def __init__(self, secret: str = SECRET) -> None:
        super().__init__()
        self.signer = Signer(secret)
        self.told: list[dict[str, Any]] = []

    def respond(self, request: Request) -> Answer:
        try:
            self.told.append(self.signer.verify(request.body, request.headers))
        except WebhookVerificationError:
            return Answer(400, b"")
        return Answer(204, b"")

    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class Hooked:
    """A house that tells one receiver of its cases."""

    def __init__(self, house: House, url: str, secret: str = SECRET) -> None:
        self.house = house
        self.hook = Webhook("rugby", url, frozenset(HookEvent))
        self.content: Content = replace(real_content(), webhooks=(self.hook,))
        self.cases = Cases(house.database, self.content, EIGHT_TO_EIGHT)
        self._secret = secret
        self._number = 0

    def file(self, **different: Any) -> str:
        """A report of another body's; returns its reference."""
        self._number += 1
        reference = make_reference("EN", self._number)
        values: dict[str, Any] = {
            "form": "encampment",
            "form_version": 1,
            "answers": {"caravans": 6, "land": "park", "impact": ["waste"], "details": WORDS},
            "personal": {"phone": "+447700900123"},
            "district": "rugby",
            "latitude": 52.37,
            "longitude": -1.26,
            "certainty": "pin",
            "desk": "rugby_council",
        }
        filed = SubmissionFiled(reference=reference, **(values | different))

        def keep(tx: Any) -> None:
            id = tx.submissions.file(filed, OtherSystem("open311", "Rugby"), "en", self.house.clock())
            promise_filed(tx, self.content, id, self.house.clock())

        self.house.write(keep)
        return reference

    def send(self) -> None:
        """What is due goes out; the clock then stands later than any wait for the next try."""

        async def go() -> None:
            outlet = WebhookOutlet(self._secret, lambda: datetime.now(UTC), whole_seconds=5)
            try:
                await Sender(self.house.database, {CHANNEL: outlet}, self.house.source).send_all_due()
            finally:
                await outlet.aclose()

        asyncio.run(go())
        self.house.clock.pass_seconds(2)

    def states(self) -> list[str]:
        return self.house.rows("outbox", "state")


@pytest.fixture
def hooked(sqlite_house: House, receiver: Receiver) -> Hooked:
    return Hooked(sqlite_house, f"{receiver.url}/hooks")


def test_a_signed_webhook_is_trusted_and_holds_nobody_s_words(hooked: Hooked, receiver: Receiver):
    reference = hooked.file()
    hooked.send()
    [told] = receiver.told
    assert told["type"] == "case.filed"
    assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None
    assert set(told["data"]) == DATA
    assert (
        told["data"] | {"reference": reference, "state": "received", "desk": "rugby_council"} == told["data"]
    )
    assert (told["data"]["caravans"], told["data"]["land"], told["data"]["impact"]) == (6, "park", ["waste"])
    assert WORDS not in str(told)
    assert "+447700900123" not in str(told)
    assert hooked.states() == [OutboxState.SENT]


def test_a_webhook_under_another_secret_is_not_trusted(sqlite_house: House, receiver: Receiver):
    other = "whsec_" + b64encode(b"another secret of 32 letters....").decode()
    hooked = Hooked(sqlite_house, receiver.url, other)
    hooked.file()
    hooked.send()
    assert receiver.told == []
    assert hooked.states() == [OutboxState.FAILED]
    assert sqlite_house.rows("notices", "kind") == ["not_delivered"]


def test_a_receiver_that_fails_once_is_told_once_under_the_same_id(hooked: Hooked, receiver: Receiver):
    receiver.plan(Fault(Answer(500, b"")))
    hooked.file()
    hooked.send()
    assert (receiver.told, hooked.states()) == ([], [OutboxState.PENDING])
    hooked.send()
    assert len(receiver.told) == 1
    first, second = receiver.ids()
    assert first == second
    assert hooked.states() == [OutboxState.SENT]


def test_messages_come_in_their_order_whatever_happens_to_the_first(hooked: Hooked, receiver: Receiver):
    receiver.plan(Fault(Answer(503, b"")))
    references = [hooked.file(), hooked.file()]
    for _ in range(3):
        hooked.send()
    assert [told["data"]["reference"] for told in receiver.told] == references


@pytest.mark.parametrize("status", [400, 404, 302], ids=str)
def test_what_a_receiver_will_never_take_is_for_staff_and_no_redirect_is_followed(
    hooked: Hooked, receiver: Receiver, status: int
):
    receiver.plan(Fault(Answer(status, b"", {"Location": f"{receiver.url}/elsewhere"})))
    hooked.file()
    hooked.send()
    assert [request.path for request in receiver.requests] == ["/hooks"]
    assert hooked.states() == [OutboxState.FAILED]
    assert hooked.house.rows("notices", "kind") == ["not_delivered"]


def test_a_receiver_that_is_gone_is_told_nothing_more_and_no_person_is_touched(
    hooked: Hooked, receiver: Receiver
):
    receiver.plan(Fault(Answer(410, b"")))
    hooked.file()
    hooked.file()
    hooked.send()
    hooked.file()
    hooked.send()
    assert len(receiver.requests) == 1
    assert hooked.states() == [OutboxState.FAILED, OutboxState.CANCELLED]
    assert hooked.house.rows("notices", "kind") == ["not_delivered"]
    assert hooked.house.rows("suppressions", "channel") == [CHANNEL]


def test_one_that_is_busy_is_waited_for(hooked: Hooked, receiver: Receiver):
    receiver.plan(Fault(Answer(429, b"", {"Retry-After": "90"})))
    hooked.file()
    hooked.send()
    hooked.send()
    assert len(receiver.requests) == 1
    hooked.house.clock.pass_seconds(90)
    hooked.send()
    assert len(receiver.told) == 1


def test_one_that_does_not_answer_is_tried_again_later(receiver: Receiver):
    receiver.plan(Fault(Answer(204, b""), hang_seconds=2))

    async def send() -> None:
        outlet = WebhookOutlet(SECRET, lambda: datetime.now(UTC), whole_seconds=0.2)
        try:
            await outlet.send(receiver.url, {}, key="hook_1")
        finally:
            await outlet.aclose()

    with pytest.raises(Unreachable, match="webhook_timeout"):
        asyncio.run(send())


def test_what_staff_do_is_told_as_it_happens(hooked: Hooked, receiver: Receiver):
    one, two = hooked.file(), hooked.file()
    by = {"actor": "ada", "now": hooked.house.clock()}
    hooked.cases.merge(two, one, **by)
    hooked.cases.set_state(one, "acknowledged", **by)
    hooked.cases.split(two, **by)
    hooked.cases.note(one, WORDS, **by)
    hooked.cases.set_desk(one, "parish", WORDS, **by)
    hooked.cases.move(one, 52.3705, -1.2652, WORDS, **by)
    for _ in range(10):
        hooked.send()
    seen = [(t["type"], t["data"]["reference"], t["data"]["joined_to"]) for t in receiver.told]
    assert seen == [
        ("case.filed", one, None),
        ("case.filed", two, None),
        ("case.joined", two, one),
        ("case.state", one, None),
        ("case.state", two, one),
        ("case.joined", two, None),
        ("case.desk", one, None),
        ("case.moved", one, None),
    ]
    assert (receiver.told[7]["data"]["latitude"], receiver.told[7]["data"]["desk"]) == (52.3705, "parish")
    assert WORDS not in str(receiver.told)
    assert [t["data"]["state"] for t in receiver.told[3:5]] == ["acknowledged"] * 2


def test_a_report_from_a_chat_is_promised_with_its_turn(database: Database, tmp_path: Path):
    hook = Webhook("rugby", "https://rugby.example/hooks", frozenset({HookEvent.FILED}))
    deaf = Webhook("warwick", "https://warwick.example/hooks", frozenset({HookEvent.STATE}))
    engine = ScriptEngine({"report": files_a_report})
    engine.content = replace(real_content(), webhooks=(hook, deaf))
    house = House(database, tmp_path, engine=engine)
    Chat(house).say("report")
    rows = house.rows("outbox", "channel", "conversation_key", "conversation_id")
    assert [row for row in rows if row[0] == CHANNEL] == [(CHANNEL, "webhook:rugby", None)]


def test_who_joins_a_watch_is_not_told_to_other_systems(hooked: Hooked):
    for form in ("watch", "interest", "adviser", "call_back", "custody_visit"):
        hooked.file(form=form)
    assert hooked.states() == []


def test_free_words_are_not_told_whatever_their_question_is_called():
    form = Form.model_validate(
        {
            "id": "other",
            "version": 1,
            "prefix": "TH",
            "label": "other",
            "title": "Other",
            "thing": "it",
            "intro": {"text": "x"},
            "done": {"text": "x"},
            "fields": [{"id": "impact", "kind": "text", "title": "Impact", "ask": "What?"}],
        }
    )
    case = HookCase("TH-1", "other", "received", None, None, None, None, None, {"impact": WORDS}, None)
    now = datetime(2026, 11, 3, tzinfo=UTC)
    assert WORDS not in json.dumps(make_body(HookEvent.FILED, case, form, now))
    assert WORDS not in json.dumps(make_body(HookEvent.FILED, case, None, now))


# Settings and commands


@pytest.mark.parametrize(
    ("hooks", "secret", "named"),
    [
        ("[{name: a, url: 'http://rugby.example'}]", SECRET, "webhooks.0.url"),
        ("[{name: a, url: 'ftp://rugby.example'}]", SECRET, "webhooks.0.url"),
        ("[{name: a, url: 'https://user:word@rugby.example'}]", SECRET, "webhooks.0.url"),
        ("[{name: a, url: 'https://a.example'}, {name: a, url: 'https://b.example'}]", SECRET, "same name"),
        ("[{name: a.b, url: 'https://a.example'}]", SECRET, "webhooks.0.name"),
        ("[{name: a, url: 'https://a.example', events: [case.closed]}]", SECRET, "webhooks.0.events"),
        ("[{name: a, url: 'https://a.example'}]", "", "WEBHOOK_SECRET"),
        ("[]", "short", "WEBHOOK_SECRET"),
        ("[]", "whsec_!!!!", "WEBHOOK_SECRET"),
    ],
)
def test_settings_that_are_unsafe_are_named(tmp_path: Path, hooks: str, secret: str, named: str):
    (tmp_path / "config.yml").write_text(f"webhooks: {hooks}")
    with pytest.raises(SettingsError, match=named):
        load_settings({"WEBHOOK_SECRET": secret}, tmp_path)


def test_a_receiver_on_this_machine_may_be_plain(tmp_path: Path):
    (tmp_path / "config.yml").write_text("webhooks: [{name: a, url: 'http://127.0.0.1:9/hook'}]")
    assert load_settings({"WEBHOOK_SECRET": SECRET}, tmp_path).config.webhooks[0].events == tuple(HookEvent)


def test_keys_are_made_listed_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = open_desk(tmp_path, monkeypatch)
    made = run_json("api-keys", "add", "Rugby Borough Council", "--as", "ada")
    with desk.reading() as tx:
        found = tx.api_keys.find(made["key"])
        [secret] = tx.connection.execute(tables.api_keys.select()).all()
    assert found is not None and found.name == "Rugby Borough Council"
    assert made["key"] not in str(secret)
    again, said = run("api-keys", "add", "Rugby Borough Council")
    assert (again, "Choose a name of its own" in said) == (1, True)
    assert run("api-keys", "revoke", "Rugby Borough Council", "--as", "ada")[0] == 0
    assert run("api-keys", "revoke", "Rugby Borough Council")[0] == 1
    [row] = run_json("api-keys", "list")
    assert row["revoked_at"] and made["key"] not in str(row)
    assert [line.action for line in audit(desk)] == ["api_key.made", "api_key.revoked"]
    with desk.reading() as tx:
        assert tx.api_keys.find(made["key"]) is None


@pytest.mark.slow
def test_receivers_are_no_door_of_the_deployment(tmp_path: Path):
    """Messages go out to them; nothing comes in by them, and nobody is written to there."""
    environ = {"FRONTDOOR_DATA": str(tmp_path), "SECRET_KEY": "k" * 40, "WEBHOOK_SECRET": SECRET}
    settings = load_settings(environ, ROOT)
    hooks = {"webhooks": (WebhookConfig(name="rugby", url="https://rugby.example/hooks"),)}
    settings = settings.model_copy(update={"config": settings.config.model_copy(update=hooks)})
    door = build(settings, with_model=False)
    try:
        assert set(door.sender._channels) == {CHANNEL}
        assert CHANNEL not in door.turns._channels
        assert [hook.name for hook in door.content.webhooks] == ["rugby"]
    finally:
        asyncio.run(door.aclose())
    shut = settings.config.model_copy(update={"open311": Open311Config(forms=("watch",))})
    with pytest.raises(SettingsError, match=r"open311: forms: watch"):
        build(settings.model_copy(update={"config": shut}), with_model=False)


def test_a_new_secret_is_one_the_settings_take(tmp_path: Path):
    (tmp_path / "config.yml").write_text("{}")
    _, printed = run("webhooks", "secret")
    assert load_settings({"WEBHOOK_SECRET": printed.strip()}, tmp_path).environment.webhook_secret
    assert Signer(printed.strip())
