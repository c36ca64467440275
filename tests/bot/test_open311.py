"""Open311: what another body's system may ask, what it is answered, and that nobody's words leave by this door."""

from base64 import b64encode
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from house import House
from test_web import Caller, build_app

from bot.open311_rows import w3_time
from bot.open311_shape import to_xml
from flows.events import SubmissionFiled
from flows.office import end_of_working_day
from flows.references import make_reference
from storage.database import Transaction
from storage.retention import RetentionPolicy, purge

KEY = "fd_a-key-that-only-tests-know"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
GOOD = [
    ("service_code", "encampment"),
    ("lat", "52.2821"),
    ("long", "-1.5679"),
    ("address_string", "the rec off Myton Road"),
    ("description", "The gate is blocked. Ring Ada on 07700 900123."),
    ("first_name", "Ada"),
    ("email", "ada@example.org"),
    ("attribute[caravans]", "6"),
    ("attribute[land]", "park"),
    ("attribute[impact][]", "waste"),
    ("attribute[impact][]", "noise"),
    ("attribute[seen_at]", "2026-11-02T08:00:00Z"),
]
# The fields a response must have: https://wiki.open311.org/GeoReport_v2/#get-service-requests
SPECIFIED = {
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
}


class Council:
    """Another body's system: our own small client."""

    def __init__(self, house: House, **different: Any) -> None:
        values: dict[str, Any] = {
            "content": lambda: house.engine.content,
            "open311_forms": ("encampment", "concern"),
        }
        self._call = Caller(build_app(house, **(values | different)))

    def get(self, path: str, *, key: str = KEY, **params: str) -> httpx.Response:
        return self._call("GET", f"/open311/{path}", params=params, headers={"x-api-key": key} if key else {})

    def post(
        self, fields: list[tuple[str, str]], *, key: str = KEY, format: str = "json", **headers: str
    ) -> httpx.Response:
        sent = [*fields, *([("api_key", key)] if key else [])]
        return self._call(
            "POST", f"/open311/v2/requests.{format}", content=urlencode(sent), headers={**FORM, **headers}
        )

    def file(self, *more: tuple[str, str]) -> str:
        answer = self.post([*GOOD, *more])
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["service_request_id"])


@pytest.fixture
def open_house(speaking_house: House) -> House:
    """One that gave a key to a council."""
    speaking_house.write(
        lambda tx: tx.api_keys.add("Rugby Borough Council", KEY, "ada", speaking_house.clock())
    )
    return speaking_house


@pytest.fixture
def council(open_house: House) -> Council:
    return Council(open_house)


def errors(answer: httpx.Response) -> list[str]:
    """The descriptions; the codes must be the status."""
    told = answer.json()
    assert {each["code"] for each in told} == {answer.status_code}
    return [each["description"] for each in told]


def kept(house: House, reference: str) -> Any:
    with house.database.reading() as tx:
        found = tx.submissions.find_by_reference(reference)
        assert found is not None
        return found, tx.submission_events.of(found.id)


# What is asked


@pytest.mark.parametrize("path", ["discovery", "v2/services", "v2/services/encampment"])
def test_what_is_asked_is_open_and_the_same_in_both_formats(council: Council, path: str):
    as_json = council.get(f"{path}.json", key="")
    as_xml = council.get(f"{path}.xml", key="")
    assert as_json.headers["content-type"] == "application/json; charset=utf-8"
    assert as_xml.headers["content-type"] == "text/xml; charset=utf-8"
    assert as_xml.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    root = ElementTree.fromstring(as_xml.content)
    assert to_xml(root.tag, as_json.json()) == as_xml.content


def test_the_services_are_the_forms_staff_chose(council: Council):
    listed = council.get("v2/services.json").json()
    assert [service["service_code"] for service in listed] == ["encampment", "concern"]
    needed = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
    assert all(needed == set(service) for service in listed)


def test_a_definition_asks_nothing_about_a_person_nor_how_to_reach_one(council: Council):
    attributes = {a["code"]: a for a in council.get("v2/services/encampment.json").json()["attributes"]}
    assert attributes["caravans"]["datatype"] == "number"
    assert attributes["seen_at"]["datatype"] == "datetime"
    assert attributes["land"]["datatype"] == "singlevaluelist"
    assert attributes["impact"]["datatype"] == "multivaluelist"
    assert attributes["details"]["datatype"] == "text"
    assert {"key": "park", "name": "Park or green"} in attributes["land"]["values"]
    asked = {
        "updates",
        "contact_by",
        "phone",
        "email",
        "safe_to_contact",
        "contact_consent",
        "photos",
        "known",
    }
    assert not asked & set(attributes)
    assert [a["order"] for a in attributes.values()] == list(range(1, len(attributes) + 1))


def test_a_deployment_without_services_has_no_such_door(open_house: House):
    council = Council(open_house, open311_forms=())
    assert council.get("v2/services.json").status_code == 404
    assert council.post(GOOD).status_code == 404


# Who may call


@pytest.mark.parametrize("key", ["", "fd_wrong", KEY + "x", "x" * 5000, "\x00"], ids=lambda key: key[:12])
@pytest.mark.parametrize(
    "path", ["v2/requests.json", "v2/requests/EN-0000-000.json", "v2/tokens/EN-0000-000.json"]
)
def test_places_are_read_with_a_key_alone(sqlite_house: House, path: str, key: str):
    house = House.speaking(sqlite_house.database, sqlite_house.folder)
    house.write(lambda tx: tx.api_keys.add("Rugby", KEY, "ada", house.clock()))
    answer = Council(house)._call("GET", f"/open311/{path}", params={"api_key": key})
    assert answer.status_code == 403
    assert "api_key" in errors(answer)[0]
    refused = Council(house).post(GOOD, key=key)
    assert refused.status_code == 403
    assert house.count("submissions") == 0


def test_a_key_works_however_it_is_sent_until_it_is_revoked(open_house: House, council: Council):
    basic = b64encode(f"rugby:{KEY}".encode()).decode()
    ways: list[dict[str, Any]] = [
        {"params": {"api_key": KEY}},
        {"headers": {"x-api-key": KEY}},
        {"headers": {"authorization": f"Bearer {KEY}"}},
        {"headers": {"authorization": f"Basic {basic}"}},
    ]
    for way in ways:
        assert council._call("GET", "/open311/v2/requests.json", **way).json() == []
    open_house.write(lambda tx: tx.api_keys.revoke("Rugby Borough Council", open_house.clock()))
    for way in ways:
        assert council._call("GET", "/open311/v2/requests.json", **way).status_code == 403


# Filing


def test_a_request_becomes_a_report_like_one_from_a_chat_without_a_person(
    open_house: House, council: Council
):
    answer = council.post(GOOD)
    assert answer.status_code == 200
    [told] = answer.json()
    assert set(told) == {"service_request_id", "service_notice", "account_id"}
    case, [received] = kept(open_house, told["service_request_id"])
    assert (case.channel, case.person_id, case.conversation_id) == ("open311", None, None)
    assert (case.district, case.certainty, case.desk) == ("warwick", "pin", "warwick_council")
    assert case.answers["caravans"] == 6
    assert case.answers["impact"] == ["waste", "noise"]
    assert case.answers["place"]["text"] == "the rec off Myton Road"
    assert case.answers["seen_at"]["value"] == "2026-11-02T08:00:00+00:00"
    assert case.cell is not None
    assert case.personal == {"sent_by": "Rugby Borough Council"}
    assert received.actor == "open311: Rugby Borough Council"
    assert "ada@example.org" not in str(case.answers)


@pytest.mark.parametrize("how", ["attribute", "header"])
def test_the_same_request_again_makes_no_second_report(open_house: House, council: Council, how: str):
    def send(number: str) -> str:
        more = [("attribute[external_id]", number)] if how == "attribute" else []
        headers = {"idempotency-key": number} if how == "header" else {}
        answer = council.post([*GOOD, *more], **headers)
        assert answer.status_code == 200
        return str(answer.json()[0]["service_request_id"])

    assert send("CRM-1") == send("CRM-1") != send("CRM-2")
    assert open_house.count("submissions") == 2
    open_house.write(lambda tx: tx.api_keys.add("Other", "another-key", "ada", open_house.clock()))
    other = council.post([*GOOD, ("attribute[external_id]", "CRM-1")], key="another-key")
    assert other.json()[0]["service_request_id"] != send("CRM-1")


def test_the_same_request_five_times_at_once_is_one_report(open_house: House, council: Council):
    sent = urlencode([*GOOD, ("api_key", KEY), ("attribute[external_id]", "CRM-9")])
    call = ("POST", "/open311/v2/requests.json", {"content": sent, "headers": FORM})
    answers = council._call.many([call] * 5)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()[0]["service_request_id"] for answer in answers}) == 1
    assert open_house.count("submissions") == 1


def without(*names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in GOOD if name not in names]


NO_PLACE = without("lat", "long", "address_string")
BAD = {
    "no service": (without("service_code"), 400, "service_code"),
    "unknown service": ([*without("service_code"), ("service_code", "moon")], 404, "service_code moon"),
    "a form that is no service": ([*without("service_code"), ("service_code", "watch")], 404, "service_code"),
    "no place": (NO_PLACE, 400, "where it is"),
    "half a point": ([*NO_PLACE, ("lat", "52.28")], 400, "send both"),
    "0,0": ([*NO_PLACE, ("lat", "0"), ("long", "0")], 400, "lat and long"),
    "no number": ([*NO_PLACE, ("lat", "nan"), ("long", "x")], 400, "lat and long"),
    "far away": ([*NO_PLACE, ("lat", "51.5"), ("long", "-0.12")], 400, "a long way from Warwickshire"),
    "nowhere": ([*NO_PLACE, ("address_string", "the field")], 400, "Which town or village"),
    "unknown attribute": ([*GOOD, ("attribute[moon]", "1")], 400, "attribute[moon]"),
    "no such option": ([*GOOD, ("attribute[role]", "king")], 400, "attribute[role]"),
    "two of one": ([*GOOD, ("attribute[land]", "school")], 400, "please send one"),
    "no count": ([*GOOD, ("attribute[vehicles]", "lots")], 400, "attribute[vehicles]"),
    "a count too high": ([*GOOD, ("attribute[vehicles]", "99999")], 400, "attribute[vehicles]"),
    "tomorrow": (
        [*without("attribute[seen_at]"), ("attribute[seen_at]", "2027-01-01")],
        400,
        "not happened yet",
    ),
    "too many words": ([*GOOD, ("attribute[details]", "x" * 5000)], 400, "attribute[details]"),
    "a required answer is missing": (
        [("service_code", "concern"), ("lat", "52.2821"), ("long", "-1.5679")],
        400,
        "attribute[what]",
    ),
    "a number of its own too long": ([*GOOD, ("attribute[external_id]", "x" * 201)], 400, "external_id"),
}


@pytest.mark.parametrize(("fields", "status", "said"), BAD.values(), ids=BAD)
def test_a_bad_request_is_told_what_is_wrong_and_leaves_nothing(
    sqlite_house: House, fields: list[tuple[str, str]], status: int, said: str
):
    house = House.speaking(sqlite_house.database, sqlite_house.folder)
    house.write(lambda tx: tx.api_keys.add("Rugby", KEY, "ada", house.clock()))
    answer = Council(house).post(fields)
    assert answer.status_code == status
    assert said in " ".join(errors(answer))
    assert house.count("submissions") == 0
    as_xml = ElementTree.fromstring(Council(house).post(fields, format="xml").content)
    assert [e.tag for e in as_xml] == ["error"] * len(errors(answer))
    assert {e.findtext("code") for e in as_xml} == {str(status)}


def test_what_is_no_form_is_told_so(council: Council):
    call = council._call
    as_json = call("POST", "/open311/v2/requests.json", json={}, headers={"x-api-key": KEY})
    assert (as_json.status_code, "Content-Type" in errors(as_json)[0]) == (400, True)
    broken = call(
        "POST", "/open311/v2/requests.json", content=b"lat=\xff", headers={**FORM, "x-api-key": KEY}
    )
    assert broken.status_code == 400
    large = call("POST", "/open311/v2/requests.json", content=b"a=" + b"x" * 70_000, headers=FORM)
    assert large.status_code == 413
    assert council.get("v2/services.csv").status_code == 404


def test_words_that_xml_cannot_hold_do_not_break_it():
    [error] = ElementTree.fromstring(
        to_xml("errors", [{"code": 400, "description": "a \x01 <b> & ]]> \ud800"}])
    )
    assert error.findtext("description") == "a  <b> & ]]> "


def test_danger_in_the_words_is_shown_to_staff(open_house: House, council: Council):
    council.file(("attribute[details]", "a man is being stabbed right now, help"))
    assert "danger" in open_house.rows("notices", "kind")


# Reading


def test_rows_hold_every_field_and_nobody_s_words(open_house: House, council: Council):
    reference = council.file()
    [row] = council.get("v2/requests.json").json()
    assert set(row) == SPECIFIED
    assert row["service_request_id"] == reference
    assert (row["status"], row["service_code"]) == ("open", "encampment")
    assert row["agency_responsible"] == "Warwick District Council"
    assert (row["lat"], row["long"]) == (52.2821, -1.5679)
    assert row["requested_datetime"].endswith("Z")
    for word in ("Ada", "gate", "Myton", "07700"):
        assert word not in str(row)
    as_xml = council.get("v2/requests.xml")
    assert as_xml.content == to_xml("service_requests", [row])
    assert council.get(f"v2/requests/{reference.lower()}.json").json() == [row]
    [token] = council.get(f"v2/tokens/{reference}.json").json()
    assert token["service_request_id"] == reference
    for path in ("v2/requests/EN-0000-000.json", "v2/tokens/abc.json"):
        assert council.get(path).status_code == 404


def test_a_row_says_when_its_stage_should_be_over(open_house: House, council: Council):
    begun, reference, repeat = open_house.clock(), council.file(), council.file()
    id = kept(open_house, reference)[0].id

    def stand(state: str, hours: float, until: date | None = None) -> str | None:
        at, event = begun + timedelta(hours=hours), {"state": state, "was": "x"}
        open_house.write(lambda tx: tx.submissions.set_status(id, state, at, until))
        open_house.write(lambda tx: tx.submission_events.add(id, "state", "ada", event, at))
        [row] = council.get(f"v2/requests/{reference}.json").json()
        return row["expected_datetime"]

    open_house.write(lambda tx: tx.submissions.merge(kept(open_house, repeat)[0].id, id, begun))
    read = w3_time(end_of_working_day(begun + timedelta(days=1), 1))
    assert stand("acknowledged", 24) == read
    assert stand("land_check", 72) == read, "it counts from when somebody read it"
    assert council.get(f"v2/requests/{repeat}.json").json()[0]["expected_datetime"] == read
    assert stand("assigned", 72) is None, "only the county has said by when it visits"
    assert stand("tolerated_until", 73, date(2030, 1, 1)) is None, "no date of a decision"
    assert stand("vacated", 74) == w3_time(end_of_working_day(begun + timedelta(hours=74), 5))
    assert stand("closed", 75) is None


def test_rows_are_found_by_service_status_time_and_id(open_house: House, council: Council):
    now = open_house.clock()

    def file(number: int, days_ago: float, **different: Any) -> str:
        from storage.submissions import OtherSystem

        values: dict[str, Any] = {"form": "encampment", "form_version": 1, "answers": {}, "personal": {}}
        filed = SubmissionFiled(reference=make_reference("EN", number), **(values | different))
        at = now - timedelta(days=days_ago)

        def keep(tx: Transaction) -> str:
            return tx.submissions.file(filed, OtherSystem("open311", "Rugby"), "en", at)

        return str(open_house.write(keep))

    new, joined, _old, closed = file(1, 1), file(2, 2), file(3, 120), file(4, 3)
    file(5, 1, form="concern")
    file(6, 1, form="call_back")
    open_house.write(lambda tx: tx.submissions.merge(joined, new, now))
    open_house.write(lambda tx: tx.submissions.set_status(closed, "closed", now))

    def ids(**params: str) -> list[int]:
        answer = council.get("v2/requests.json", **params)
        assert answer.status_code == 200, answer.text
        numbers = {make_reference("EN", n): n for n in range(9)}
        return [numbers[row["service_request_id"]] for row in answer.json()]

    assert sorted(ids()) == [1, 4, 5]
    assert ids(service_code="encampment") == [1, 4]
    assert ids(service_code="encampment", status="open") == [1]
    assert ids(status="closed") == [4]
    assert ids(status="open,closed", service_code="concern,encampment", start_date="") != []
    assert ids(end_date=f"{now - timedelta(days=100):%Y-%m-%dT%H:%M:%SZ}") == [3]
    assert ids(service_request_id=f"{make_reference('EN', 2)},{make_reference('EN', 3)},x") == [2, 3]
    # What was joined to another stands where that one does.
    open_house.write(lambda tx: tx.submissions.set_status(new, "closed", now))
    [row] = council.get(f"v2/requests/{make_reference('EN', 2)}.json").json()
    assert row["status"] == "closed"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"status": "done"}, 400),
        ({"service_code": "moon"}, 404),
        ({"start_date": "yesterday"}, 400),
        ({"start_date": "2026-01-01"}, 400),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400),
        ({"start_date": "2026-06-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, 400),
        ({"start_date": "0001-01-01T00:00:00+23:00"}, 400),
        ({"end_date": "0001-01-01T00:00:00Z"}, 400),
    ],
    ids=str,
)
def test_filters_that_cannot_be_read_are_told(sqlite_house: House, params: dict[str, str], status: int):
    house = House.speaking(sqlite_house.database, sqlite_house.folder)
    house.write(lambda tx: tx.api_keys.add("Rugby", KEY, "ada", house.clock()))
    answer = Council(house).get("v2/requests.json", **params)
    assert (answer.status_code, len(errors(answer))) == (status, 1)


def test_the_words_of_a_request_go_when_the_case_is_long_over(sqlite_house: House):
    house = House.speaking(sqlite_house.database, sqlite_house.folder)
    house.write(lambda tx: tx.api_keys.add("Rugby", KEY, "ada", house.clock()))
    reference = Council(house).file()
    house.clock.pass_seconds(800 * 24 * 3600)
    kept_answers = house.engine.content.forms["encampment"].kept_when_erased
    purge(house.database, RetentionPolicy(), house.clock(), kept_answers=lambda form: kept_answers)
    case, _ = kept(house, reference)
    assert (case.personal, "details" in case.answers, case.answers["caravans"]) == ({}, False, 6)
    [row] = Council(house).get("v2/requests.json", service_request_id=reference).json()
    assert row["lat"] == 52.2821
