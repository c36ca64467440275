"""The SMS door: who signed, what came, what goes out, what each failed call means."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import fake_twilio as fake
import pytest
from fake_twilio import ACCEPT_THEN_DROP, DROP, FakeTwilio, Fault
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from bot.channel import (
    Channel,
    ContactStopped,
    PhotoUnavailable,
    Received,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
    Unreachable,
)
from bot.downloads import MAX_FILE_BYTES
from bot.segments import is_gsm7
from bot.sms import Peek, SmsChannel
from flows.messages import Button, ChannelName, Incoming, Reply

ADA = "+447700900123"
PUBLIC = "https://door.example"
NOBODY = "http://127.0.0.1:9"  # a port nothing listens on
SID = "SM" + "0" * 32
VECTORS = fake.PEERS / "twilio" / "twilio_signature_vectors.json"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as server:
        yield server
        assert server.violations == []


def channel(
    api_url: str = NOBODY, *, public_url: str = PUBLIC, token: str = fake.AUTH_TOKEN, **options: Any
) -> SmsChannel:
    settings: dict[str, Any] = {"read_timeout_seconds": 5.0, "photo_retry_seconds": (0.0,)} | options
    return SmsChannel(fake.ACCOUNT_SID, token, fake.NUMBER, api_url, public_url, **settings)


def with_channel(act: Callable[[SmsChannel], Awaitable[Any]], api_url: str, **options: Any) -> Any:
    async def run() -> Any:
        door = channel(api_url, **options)
        try:
            return await act(door)
        finally:
            await door.aclose()

    return asyncio.run(run())


def send(api_url: str, body: dict[str, Any], address: str = ADA, **options: Any) -> Any:
    return with_channel(lambda door: door.send(address, body, key="k1"), api_url, **options)


DOOR = channel()  # for all that calls nobody
HELLO = DOOR.render(Reply("Hello"))[0]


def test_it_is_a_channel() -> None:
    door: Channel = DOOR
    assert door.name is ChannelName.SMS
    assert door.retire(SID) is None


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_no_door_without_its_secrets(missing: int) -> None:
    given = [fake.ACCOUNT_SID, fake.AUTH_TOKEN, fake.NUMBER]
    given[missing] = ""
    with pytest.raises(ValueError, match="auth token"):
        SmsChannel(*given, NOBODY, PUBLIC)


# Verify


def _vectors() -> list[Any]:
    if not VECTORS.exists():
        absent = pytest.mark.skip(reason=f"the signature vectors {VECTORS.name} are not here")
        return [pytest.param({}, id="vectors absent", marks=absent)]
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


@pytest.mark.parametrize("vector", _vectors())
def test_signatures_of_twilios_own_tests(vector: dict[str, Any]) -> None:
    parts = urlsplit(vector["url"])
    door = channel(public_url=f"{parts.scheme}://{parts.netloc}", token=vector["auth_token"])
    path = f"{parts.path}?{parts.query}"
    form = vector["body"]
    if vector["params"] is not None:
        fields = vector["params"].items()
        form = FormData(
            [(n, v) for n, values in fields for v in ([values] if isinstance(values, str) else values)]
        )
    assert door.verify(path, form, vector["signature"]) is vector["valid"]


FORM = [
    ("Body", "hello"),
    ("FromCity", ""),
    ("From", ADA),
    ("MessageSid", SID),
    ("Extra", "a"),
    ("Extra", "b"),
]
PATH = "/sms/webhook?a=1"
SIGNED = FakeTwilio().sign(PUBLIC + PATH, FORM)


@pytest.mark.parametrize(
    ("path", "form", "signature", "good"),
    [
        (PATH, FORM, SIGNED, True),
        (PATH, FORM, None, False),
        (PATH, FORM, "", False),
        (PATH, FORM, SIGNED[:-2] + "A=", False),
        (PATH, FORM, "é" * len(SIGNED), False),
        (PATH, [*FORM, ("Body", "more")], SIGNED, False),
        (PATH, FORM[1:], SIGNED, False),
        (PATH, [field for field in FORM if field[1]], SIGNED, False),
        (PATH, [*FORM[:-1]], SIGNED, False),
        ("/sms/webhook", FORM, SIGNED, False),
        ("/sms/webhook/?a=1", FORM, SIGNED, False),
        (PATH, [*FORM, ("MediaUrl0", UploadFile(file=None, filename="x"))], SIGNED, False),  # type: ignore[arg-type]
        (PATH, [*FORM, ("Body2", "\ud800")], SIGNED, False),
    ],
    ids=[
        "valid", "missing", "empty", "wrong", "not ASCII", "a field more", "a field less", "a blank field less",
        "a repeated field less", "other address", "a slash more", "an uploaded file", "half a surrogate pair",
    ],
)  # fmt: skip
def test_only_twilio_opens_the_door(path: str, form: Any, signature: str | None, good: bool) -> None:
    assert DOOR.verify(path, FormData(form), signature) is good


def test_the_public_address_counts_and_not_the_requests_own() -> None:
    assert not channel(public_url="http://door.example").verify(PATH, FormData(FORM), SIGNED)
    assert not channel(public_url="https://other.example").verify(PATH, FormData(FORM), SIGNED)
    assert channel(public_url=PUBLIC + "/").verify(PATH, FormData(FORM), SIGNED)


@pytest.mark.parametrize("body", ['{"a": 1}', "", b"bytes", None, 5])
def test_a_body_that_is_no_form_is_not_signed(body: object) -> None:
    assert not DOOR.verify(PATH, body, SIGNED)


# Peek and parse


def payload(*more: tuple[str, str], sender: str = ADA, body: str = "hello") -> dict[str, Any]:
    fields = [("MessageSid", SID), ("From", sender), ("To", fake.NUMBER), ("Body", body), *more]
    return {"fields": [list(field) for field in fields]}


def said(**what: Any) -> Incoming:
    return Incoming(ChannelName.SMS, **what)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("MessageSid", SID), ("From", ADA)], Peek(SID, ADA)),
        ([("SmsSid", "MM" + "a" * 32), ("From", ADA)], Peek("MM" + "a" * 32, ADA)),
        ([("MessageSid", SID), ("From", "60999")], Peek(SID, None)),
        ([("MessageSid", SID)], Peek(SID, None)),
        ([("MessageSid", "SMshort"), ("From", ADA)], None),
        ([("From", ADA)], None),
        ([], None),
        (None, None),
        ([["MessageSid"], 5, ["From", 7]], None),
    ],
)
def test_peek(fields: Any, expected: Peek | None) -> None:
    assert DOOR.peek(fields) == expected
    if fields and all(
        len(field) == 2 and isinstance(field[1], str) for field in fields if isinstance(field, tuple)
    ):
        assert DOOR.peek(FormData(fields) if isinstance(fields[0], tuple) else fields) == expected


@pytest.mark.parametrize(
    ("kept", "received"),
    [
        (payload(), Received(ADA, said(text="hello"))),
        (payload(body=""), Received(ADA, said())),
        (payload(("NumMedia", "0")), Received(ADA, said(text="hello"))),
        (payload(sender="60999"), None),
        (payload(sender="WARKSCC"), None),
        (payload(sender="whatsapp:+447700900123"), None),
        (payload(sender=""), None),
        (payload(sender="+447700900123\n"), None),
        ({"fields": []}, None),
        ({}, None),
        ({"fields": "From"}, None),
        (
            payload(("OptOutType", "STOP"), body="ARRET"),
            Received(ADA, said(text="STOP"), blocked=True, answered_by_carrier=True),
        ),
        (
            payload(("OptOutType", "START"), body="unstop"),
            Received(ADA, said(text="START"), blocked=False, answered_by_carrier=True),
        ),
        (payload(("OptOutType", "HELP")), Received(ADA, said(text="HELP"), answered_by_carrier=True)),
        (payload(("OptOutType", "ODD")), Received(ADA, said(text="hello"))),
    ],
    ids=[
        "words", "no words", "no media", "short code", "name", "WhatsApp", "no sender", "a line more", "no fields",
        "nothing", "odd fields", "STOP", "START", "HELP", "an unknown opt-out type",
    ],
)  # fmt: skip
def test_a_text_means(kept: dict[str, Any], received: Received | None) -> None:
    assert DOOR.parse(kept) == received
    assert DOOR.parse(kept) == received  # the same twice


def media(*parts: tuple[str, str], number: str | None = None) -> dict[str, Any]:
    fields = [("NumMedia", number or str(len(parts)))]
    for index, (kind, url) in enumerate(parts):
        fields += [(f"MediaContentType{index}", kind), (f"MediaUrl{index}", url)]
    return payload(*fields, body="")


API = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/"


@pytest.mark.parametrize(
    ("kept", "photos", "notice"),
    [
        (media(("image/jpeg", API + "ME1"), ("image/png", API + "ME2")), (API + "ME1", API + "ME2"), None),
        (media(("image/jpeg", API + "ME1"), ("text/vcard", API + "ME2")), (API + "ME1",), "notice.other"),
        (media(("audio/amr", API + "ME1")), (), "notice.voice"),
        (media(("application/pdf", API + "ME1")), (), "notice.other"),
        (media(("image/jpeg", "https://elsewhere.example/ME1")), (), "notice.other"),
        (media(number="3"), (), "notice.other"),
        (media(("image/jpeg", API + "ME1"), number="many"), (), None),
        (media(("image/jpeg", API + "ME1"), number="-1"), (), None),
        (media(("image/jpeg", API + "ME1"), number="9" * 5000), (), None),
    ],
    ids=[
        "two",
        "photo and card",
        "voice",
        "PDF",
        "elsewhere",
        "told and not given",
        "odd",
        "negative",
        "absurd",
    ],
)
def test_pictures_mean(kept: dict[str, Any], photos: tuple[str, ...], notice: str | None) -> None:
    assert DOOR.parse(kept) == Received(ADA, said(notice=notice), photo_refs=photos)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        "https://api.twilio.com@evil.example/x",
        "https://evil@api.twilio.com/x",
        "https://evil.example\\.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://127.0.0.1/x",
        "file:///etc/passwd",
        "//api.twilio.com/x",
        "https://[::1",
        "https://api.twilio.com:port/x",
        "",
    ],
)
def test_no_address_in_a_message_leads_us_elsewhere(url: str) -> None:
    received = DOOR.parse(media(("image/jpeg", url)))
    assert received and received.photo_refs == ()
    with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
        with_channel(lambda door: door.fetch_photo(url), NOBODY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
NAMES = st.sampled_from(
    ["From", "Body", "NumMedia", "MediaUrl0", "MediaContentType0", "OptOutType", "MessageSid"]
)


@given(JSON)
def test_anything_kept_is_read_without_a_fall(fields: Any) -> None:
    DOOR.parse({"fields": fields})
    DOOR.peek(fields)
    DOOR.parse_status(fields)


@given(st.lists(st.tuples(NAMES, st.text() | st.sampled_from([ADA, "1", "image/png", "STOP", "https://[x"]))))
def test_any_fields_are_read_without_a_fall(fields: list[tuple[str, str]]) -> None:
    received = DOOR.parse({"fields": [list(field) for field in fields]})
    assert received is None or received.address.startswith("+")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([("MessageSid", SID), ("MessageStatus", "delivered")], (SID, "delivered")),
        ([("SmsSid", SID), ("SmsStatus", "sent")], (SID, "sent")),
        ([("MessageSid", SID), ("MessageStatus", "partially_delivered")], (SID, "partially_delivered")),
        ([("MessageSid", SID)], None),
        ([("MessageSid", "x"), ("MessageStatus", "sent")], None),
        ([("MessageSid", SID), ("MessageStatus", "<script>")], None),
        ([], None),
    ],
)
def test_a_status_callback_tells(fields: list[tuple[str, str]], told: tuple[str, str] | None) -> None:
    assert DOOR.parse_status(FormData(fields)) == told


# Render


def test_words_are_folded_numbered_and_counted() -> None:
    buttons = (Button("Park – or rec", "a"), Button("Road", "b"), Button("Skip", "s", "SKIP"))
    bodies = DOOR.render(Reply("Where’s the land?", buttons, sms="What land is it?"))
    assert bodies == [{"text": "What land is it?\n1 Park - or rec\n2 Road\nSKIP", "segments": 1}]


def test_without_short_words_the_words_serve() -> None:
    assert DOOR.render(Reply("Thank you")) == [{"text": "Thank you", "segments": 1}]
    assert DOOR.render(Reply("")) == []


@pytest.mark.parametrize(
    ("line", "limit"), [("Line {} with some words\n", 1530), ("Строка {} со словами\n", 670)]
)
def test_long_texts_are_split_at_lines_within_ten_segments(line: str, limit: int) -> None:
    text = "".join(line.format(number) for number in range(200))
    bodies = DOOR.render(Reply(text))
    assert len(bodies) > 1
    assert all(body["segments"] <= 10 and len(body["text"]) <= limit for body in bodies)
    assert "\n".join(body["text"] for body in bodies) == text.strip()
    assert is_gsm7(bodies[0]["text"]) == (limit == 1530)


# Send


def test_a_text_goes_out_with_our_key_in_its_callback(twilio: FakeTwilio) -> None:
    sid = send(twilio.url, {"text": "Hello – 🙂 {€}", "segments": 1})
    (sent,) = twilio.sent_to(ADA)
    assert (sent["sid"], sent["body"], sent["from"]) == (sid, "Hello – 🙂 {€}", fake.NUMBER)
    assert twilio.callbacks[sid] == "https://door.example/sms/status?k=k1"


@pytest.mark.skipif(not FakeTwilio.checks_calls, reason="Twilio's API description is not here")
def test_the_stand_in_itself_refuses_what_the_description_does_not_allow() -> None:
    path = f"/2010-04-01/Accounts/{fake.ACCOUNT_SID}/Messages.json"

    def faults(method: str, where: str, **fields: str) -> list[str]:
        pairs = list(fields.items())
        query = pairs if method == "GET" else []
        return fake.check_call(fake.Request(method, where, query, pairs if method == "POST" else [], {}, 0.0))

    assert faults("POST", path, To=ADA, StatusCallback="https://door.example/x") == []
    assert faults("POST", path)
    assert faults("POST", path, To=ADA, Colour="red")
    assert faults("POST", path, To=ADA, SmartEncoded="maybe")
    assert faults("POST", path, To=ADA, StatusCallback="https://our_door.example/x")
    assert faults("PUT", path, To=ADA)
    assert faults("POST", path.replace("Messages", "Massages"), To=ADA)
    assert faults("POST", path.replace(fake.ACCOUNT_SID, "AC1"), To=ADA)
    assert faults("GET", path, **{"DateSent>": "yesterday"})
    assert faults("GET", path, To=ADA, PageSize="50") == []


FAILURES: list[Any] = [
    pytest.param(fake.refusal(400, 21610), ContactStopped, "21610", id="texted STOP"),
    pytest.param(fake.refusal(400, 21211), Rejected, "21211", id="no number"),
    pytest.param(fake.refusal(400, 21614), Rejected, "21614", id="no mobile"),
    pytest.param(fake.refusal(400, 21408), Rejected, "21408", id="a country not enabled"),
    pytest.param(fake.refusal(403, 21408), Rejected, "21408", id="the same told as 403"),
    pytest.param(fake.refusal(400, 21617), Rejected, "21617", id="too long"),
    pytest.param(fake.refusal(401, 20003), Unreachable, "20003", id="wrong password"),
    pytest.param(fake.refusal(404, 20404), Unreachable, "20404", id="wrong account"),
    pytest.param(fake.refusal(400, 21606), Unreachable, "21606", id="not our number"),
    pytest.param(fake.refusal(400, 21609), Unreachable, "21609", id="a callback Twilio cannot reach"),
    pytest.param(fake.refusal(503, 20503), Unreachable, "20503", id="503 said by Twilio"),
    pytest.param(fake.refusal(500, 20500), Uncertain, "20500", id="500 said by Twilio"),
    pytest.param(fake.gateway_page(502), Uncertain, "502", id="502 page"),
    pytest.param(fake.gateway_page(504, takes_effect=True), Uncertain, "504", id="504 page after accepting"),
    pytest.param(fake.gateway_page(403), Unreachable, "403", id="a proxy forbids it"),
    pytest.param(fake.gateway_page(201), Uncertain, "odd_answer", id="201 that is no JSON"),
    pytest.param(Fault(fake.Answer(201, {})), Uncertain, "odd_answer", id="201 with no SID"),
    pytest.param(
        Fault(fake.Answer(307, b"", {"Location": "http://127.0.0.1:9/"})), Uncertain, "307", id="redirect"
    ),
    pytest.param(DROP, Uncertain, "no_answer", id="dropped before it took effect"),
    pytest.param(ACCEPT_THEN_DROP, Uncertain, "no_answer", id="dropped after it took effect"),
]


@pytest.mark.parametrize(("fault", "error", "code"), FAILURES)
def test_a_failed_send_means(twilio: FakeTwilio, fault: Fault, error: type[SendError], code: str) -> None:
    twilio.plan(fault)
    with pytest.raises(SendError) as caught:
        send(twilio.url, HELLO)
    assert type(caught.value) is error
    assert code in caught.value.code
    assert len(twilio.sent_to(ADA)) == fault.takes_effect
    assert len(twilio.requests) == 1  # and was not tried a second time


@pytest.mark.parametrize(
    ("fault", "seconds", "whole_door"),
    [
        (fake.refusal(429, 20429), 2, True),
        (Fault(fake.Answer(429, {"code": 20429}, {"Retry-After": "7"})), 7, True),
        (fake.gateway_page(429), 2, True),
        (fake.refusal(400, 21611), 60, True),
        (fake.refusal(400, 14107), 60, False),
    ],
    ids=["429", "429 with a time", "429 page", "the number's queue is full", "too many to one number"],
)
def test_throttled(twilio: FakeTwilio, fault: Fault, seconds: float, whole_door: bool) -> None:
    twilio.plan(fault)
    with pytest.raises(Throttled) as caught:
        send(twilio.url, HELLO)
    assert (caught.value.retry_after_seconds, caught.value.whole_door) == (seconds, whole_door)


def test_no_answer_in_time_is_uncertain(twilio: FakeTwilio) -> None:
    twilio.plan(Fault(takes_effect=True, hang_seconds=3))
    with pytest.raises(Uncertain, match="twilio_no_answer"):
        send(twilio.url, HELLO, read_timeout_seconds=0.2)


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="twilio_unreachable"):
        send(NOBODY, HELLO)


@pytest.mark.parametrize("address", ["07700900123", "60999", "", "+44 7700 900123"])
def test_an_address_that_is_no_number_is_rejected_without_a_call(twilio: FakeTwilio, address: str) -> None:
    with pytest.raises(Rejected):
        send(twilio.url, HELLO, address=address)
    assert twilio.requests == []


def test_someone_who_stopped_at_the_supplier(twilio: FakeTwilio) -> None:
    twilio.opted_out.add(ADA)
    with pytest.raises(ContactStopped):
        send(twilio.url, HELLO)


def test_our_settings_at_fault_are_said_loudly(twilio: FakeTwilio, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unreachable):
        send(twilio.url, HELLO, token="wrong")
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == [
        "twilio_settings_refused code=twilio_20003"
    ]


# Reconcile and backfill


def find(api_url: str, body: dict[str, Any], since: datetime) -> Any:
    return with_channel(lambda door: door.find_sent(ADA, body, key="k", since=since), api_url)


def test_a_send_whose_answer_was_lost_is_found(twilio: FakeTwilio) -> None:
    since = datetime.now(UTC)
    assert find(twilio.url, HELLO, since) is None
    twilio.plan(ACCEPT_THEN_DROP)
    with pytest.raises(Uncertain):
        send(twilio.url, HELLO)
    assert find(twilio.url, HELLO, since) == twilio.sent_to(ADA)[0]["sid"]


def test_only_the_same_words_to_the_same_number_since_then_are_found(twilio: FakeTwilio) -> None:
    since = datetime.now(UTC)
    send(twilio.url, HELLO | {"text": "Hello there"})
    send(twilio.url, HELLO, address="+447700900124")
    twilio.receive(ADA, "Hello")  # from them, not to them
    assert find(twilio.url, HELLO, since) is None
    send(twilio.url, HELLO)
    assert find(twilio.url, HELLO, since + timedelta(minutes=1)) is None  # that was another sending
    assert find(twilio.url, HELLO, since) == twilio.sent_to(ADA)[-1]["sid"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [(DROP, Unreachable), (fake.gateway_page(502), Unreachable), (fake.refusal(429, 20429), Throttled)],
)
def test_while_nobody_can_be_asked_nothing_is_known(
    twilio: FakeTwilio, fault: Fault, error: type[SendError]
) -> None:
    twilio.plan(fault)
    with pytest.raises(error):
        find(twilio.url, HELLO, datetime.now(UTC))


def test_missed_webhooks_are_listed_as_they_would_have_come(twilio: FakeTwilio) -> None:
    now = datetime.now(UTC)
    twilio.receive(ADA, "long ago", at=now - timedelta(days=2))
    for number in range(120):
        twilio.receive(ADA, f"text {number}", at=now - timedelta(hours=1))
    with_photo = twilio.receive(ADA, "look", [("image/jpeg", b"pixels"), ("text/vcard", b"card")])
    send(twilio.url, HELLO)
    send(twilio.url, HELLO, address=fake.NUMBER)  # a setting gone wrong: our own words are no citizen's
    twilio.messages[-1]["date_sent"] = twilio.messages[-1]["date_created"]
    door = channel(twilio.url)
    listed = with_channel(lambda door: door.list_inbound(now - timedelta(hours=2)), twilio.url)
    assert [dict(kept["fields"])["Body"] for kept in listed] == [*(f"text {n}" for n in range(120)), "look"]
    as_webhook = {"fields": [list(field) for field in with_photo]}
    assert door.parse(listed[-1]) == door.parse(as_webhook)
    assert door.peek(listed[-1]["fields"]) == door.peek(with_photo)


# Photos


def test_a_photo_is_fetched_with_our_password(twilio: FakeTwilio) -> None:
    received = channel(twilio.url).parse(
        {"fields": twilio.receive(ADA, "", [("image/jpeg", b"x" * 300_000)])}
    )
    assert received
    data = with_channel(lambda door: door.fetch_photo(received.photo_refs[0]), twilio.url)
    assert data == b"x" * 300_000


def _photo_url(twilio: FakeTwilio, data: bytes = b"pixels") -> str:
    return dict(twilio.receive(ADA, "", [("image/jpeg", data)]))["MediaUrl0"]


@pytest.mark.parametrize(
    "fault", [DROP, fake.gateway_page(502), fake.refusal(404, 20404), fake.refusal(429, 20429)]
)
def test_a_photo_survives_one_failure(twilio: FakeTwilio, fault: Fault) -> None:
    url = _photo_url(twilio)
    twilio.plan(fault)
    assert with_channel(lambda door: door.fetch_photo(url), twilio.url) == b"pixels"
    assert len(twilio.requests) == 2


def test_a_photo_too_large_is_not_read_to_its_end(twilio: FakeTwilio) -> None:
    url = _photo_url(twilio, b"x" * (MAX_FILE_BYTES + 1))
    with pytest.raises(PhotoUnavailable, match=r"photo\.too_large"):
        with_channel(lambda door: door.fetch_photo(url), twilio.url)


def _redirect(to: str) -> Fault:
    return Fault(fake.Answer(307, b"", {"Location": to}))


def test_a_redirect_within_twilio_is_followed(twilio: FakeTwilio) -> None:
    url = _photo_url(twilio)
    twilio.plan(_redirect(urlsplit(url).path))
    assert with_channel(lambda door: door.fetch_photo(url), twilio.url) == b"pixels"


def test_a_redirect_elsewhere_is_not(twilio: FakeTwilio) -> None:
    with FakeTwilio() as elsewhere:
        url = _photo_url(twilio)
        twilio.plan(_redirect(f"{elsewhere.url}/stolen"))
        with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
            with_channel(lambda door: door.fetch_photo(url), twilio.url)
        assert elsewhere.requests == []


def test_the_password_does_not_follow_a_redirect(twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmsChannel, "_may_fetch", lambda self, url: True)  # as for a media store of Twilio's
    with FakeTwilio() as store:
        url = _photo_url(twilio)
        twilio.plan(_redirect(f"{store.url}/photo"))
        store.plan(Fault(fake.Answer(200, b"pixels", content_type="image/jpeg")))
        assert with_channel(lambda door: door.fetch_photo(url), twilio.url) == b"pixels"
        assert "authorization" in twilio.requests[0].headers
        assert "authorization" not in store.requests[0].headers


def test_a_ring_of_redirects_ends(twilio: FakeTwilio) -> None:
    url = _photo_url(twilio)
    twilio.plan(_redirect(url), times=99)
    with pytest.raises(PhotoUnavailable, match=r"photo\.unavailable"):
        with_channel(lambda door: door.fetch_photo(url), twilio.url)
    assert len(twilio.requests) < 10


def test_the_password_goes_to_the_api_alone() -> None:
    door = channel("https://api.twilio.com")
    assert door._is_api(API + "ME1")
    assert not door._is_api("https://mms.twiliocdn.com/x")
    assert door._may_fetch("https://mms.twiliocdn.com/x")


# Secrets


def test_no_token_no_number_and_no_words_in_log_or_error(
    twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    words = {"text": "my private words", "segments": 1}
    url = _photo_url(twilio)
    faults = [fake.refusal(400, 21211, f"The 'To' number {ADA} is not valid"), fake.gateway_page(), DROP]

    async def act(door: SmsChannel) -> list[str]:
        told = []
        await door.send(ADA, words, key="k")
        for call in (lambda: door.send(ADA, words, key="k"), lambda: door.list_inbound(datetime.now(UTC))):
            for fault in faults:
                twilio.plan(fault)
                try:
                    await call()
                except SendError as error:
                    logging.getLogger("test").exception("call failed")
                    told.append(repr(error))
        twilio.plan(DROP)
        await door.fetch_photo(url)
        door.verify(PATH, FormData(FORM), "x")
        return told

    told = with_channel(act, twilio.url)
    assert len(told) == 2 * len(faults)
    assert "call failed" in caplog.text
    for secret in (fake.AUTH_TOKEN, ADA, ADA[1:], "private words", "/Messages"):
        assert secret not in caplog.text
        assert secret not in " ".join(told)


def test_the_query_of_a_callback_survives_odd_keys(twilio: FakeTwilio) -> None:
    sid = with_channel(lambda door: door.send(ADA, HELLO, key="a/b&c d"), twilio.url)
    assert parse_qsl(urlsplit(twilio.callbacks[sid]).query) == [("k", "a/b&c d")]
