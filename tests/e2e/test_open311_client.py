"""Open311 over real HTTP: read by the public client library `georeport`, filed by our own small client."""

import json
from collections.abc import Callable

import httpx
import pytest
from front_door import FrontDoorProcess
from georeport import GeoReport  # type: ignore[import-untyped]

pytestmark = pytest.mark.slow
Start = Callable[..., FrontDoorProcess]

# What each answer must hold: https://wiki.open311.org/GeoReport_v2/
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
ATTRIBUTE = {"variable", "code", "datatype", "required", "datatype_description", "order", "description"}
REQUEST = {
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
}


def test_a_public_client_reads_what_our_own_filed(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    door = start("--no-understanding")
    made = door.run("api-keys", "add", "Rugby Borough Council", "--json")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)["key"]

    sent = {
        "api_key": key,
        "service_code": "encampment",
        "attribute[caravans]": "6",
        "attribute[impact][]": ["waste", "noise"],
    }
    for format, lat, long in (("json", "52.2821", "-1.5679"), ("xml", "52.3705", "-1.265")):
        placed = sent | {"lat": lat, "long": long}
        answer = httpx.post(f"{door.url}/open311/v2/requests.{format}", data=placed, trust_env=False)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].endswith("; charset=utf-8")

    # The library sends no api_key when it reads; a name and password in the address it does send.
    address = door.url.replace("http://", f"http://rugby:{key}@") + "/open311/v2"
    as_json, as_xml = GeoReport(address), GeoReport(address, output_format="xml")
    [service] = as_json.get_service_list()
    assert set(service) == SERVICE == set(as_xml.get_service_list())
    for client in (as_json, as_xml):
        definition = client.get_service_definition("encampment")
        attributes = definition["attributes"]
        attributes = attributes["attribute"] if client is as_xml else attributes
        assert all(set(attribute) >= ATTRIBUTE for attribute in attributes)
    rows, same = as_json.get_service_requests(status="open"), as_xml.get_service_requests(status="open")
    assert len(rows) == 2 == len(same)
    assert all(set(row) == REQUEST for row in [*rows, *same])
    assert [row["service_request_id"] for row in rows] == [row["service_request_id"] for row in same]
    one = as_json.get_service_request(rows[0]["service_request_id"])
    assert one == rows[0]
    assert as_xml.get_service_request(one["service_request_id"])["lat"] == str(one["lat"])
    assert door.run("api-keys", "revoke", "Rugby Borough Council").returncode == 0
    assert httpx.get(f"{address}/requests.json", trust_env=False).status_code == 403
