"""Answers of Open311 as JSON and as XML: one value, written either way (the wiki's "Spark convention").

A list of XML becomes an array of JSON without the name of its items; what is not there is null, and an empty element.
"""

import json
import re
from typing import Any
from xml.etree import ElementTree

from starlette.responses import Response

from bot.exchange import NO_STORE

FORMATS = ("json", "xml")
# As the specification writes them: https://wiki.open311.org/GeoReport_v2/#xml-support
MEDIA_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
# What each list is called, and each thing in it.
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# Characters XML 1.0 cannot hold, even escaped (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(name: str, value: Any, form: str, status: int = 200) -> Response:
    """`value` under the name of its outermost element, in a format of FORMATS."""
    body = to_json(value) if form == "json" else to_xml(name, value)
    return Response(body, status, NO_STORE, media_type=MEDIA_TYPES[form])


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def to_xml(name: str, value: Any) -> bytes:
    written: bytes = ElementTree.tostring(_element(name, value), encoding="utf-8", xml_declaration=True)
    return written


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, each) for key, each in value.items())
    elif isinstance(value, list):
        element.extend(_element(ITEMS[name], each) for each in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
    return element
