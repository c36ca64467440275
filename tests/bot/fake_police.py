"""Stand-ins for postcodes.io and data.police.uk: answers as their documentation shows them, recorded for one place."""

import json
from urllib.parse import unquote

from fake_server import Answer, FakeServer, Request

POSTCODES = {
    "CV34 6PH": (52.2814, -1.5853, "E07000222", "Warwick"),
    "B91 3AA": (52.4112, -1.7793, "E08000029", "Solihull"),
}
LOCATED = {
    "52.2814,-1.5853": {"force": "warwickshire", "neighbourhood": "WK13"},
    "52.4112,-1.7793": {"force": "west-midlands", "neighbourhood": "SH01"},
}
TEAM = {
    "url_force": "https://www.warwickshire.police.uk/area/your-area/warwickshire/warwick/warwick-town/",
    "contact_details": {"email": "warwick@example.org"},
    "name": "Warwick Town",
    "links": [],
    "centre": {"latitude": "52.2823", "longitude": "-1.5849"},
    "locations": [],
    "description": "",
    "id": "WK13",
    "population": "0",
}


class FakePolice(FakeServer):
    """Both services at one address: the postcode service below /pc, the police below /api."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def respond(self, request: Request) -> Answer:
        path = unquote(request.path)
        self.asked.append(path)
        if path.startswith("/pc/postcodes/"):
            postcode = path.removeprefix("/pc/postcodes/")
            if postcode not in POSTCODES:
                return _json(404, {"status": 404, "error": "Postcode not found"})
            latitude, longitude, code, council = POSTCODES[postcode]
            return _json(
                200,
                {
                    "status": 200,
                    "result": {
                        "postcode": postcode,
                        "latitude": latitude,
                        "longitude": longitude,
                        "admin_district": council,
                        "codes": {"admin_district": code},
                    },
                },
            )
        if path == "/api/locate-neighbourhood":
            located = LOCATED.get(dict(request.query).get("q", ""))
            return _json(200, located) if located else Answer(404, b"")
        if path == "/api/warwickshire/WK13":
            return _json(200, TEAM)
        return Answer(404, b"")


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())
