"""Reads the county's YAML for the tests, strictly: a key given twice is a mistake, not the last one's victory."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.yaml_lines import read_document

COUNTY = Path(__file__).parents[2] / "county"

# GSM 03.38 basic set and its extension; an extension character takes two of a segment's 153 septets.
GSM7_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = "^{}\\[~]|€"


def load(name: str) -> Any:
    """One file below county/, for example `load("knowledge/first.yml")`."""
    return read_document(COUNTY / name).value


def strings_in(value: Any) -> Iterator[str]:
    """Every string inside nested lists and mappings; mapping keys are ids and are left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def not_gsm7(text: str) -> set[str]:
    """The characters of a text that would push an SMS from 160 to 70 characters."""
    return set(text) - set(GSM7_BASIC) - set(GSM7_EXTENSION)


def septets(text: str) -> int:
    """Length of a GSM-7 text in septets."""
    return sum(2 if character in GSM7_EXTENSION else 1 for character in text)


def web_addresses(text: str) -> set[str]:
    """Addresses as written to residents, without https:// and without the full stop of their sentence."""
    found = re.findall(r"(?<![\w@.])[\w-]+(?:\.[\w-]+)+/?[^\s,;:]*", text)
    return {address.rstrip(".)") for address in found}


def phone_numbers(text: str) -> set[str]:
    """Digits of everything that can be dialled or texted: three digits or more, no year, no web address."""
    for address in web_addresses(text):
        text = text.replace(address, " ")
    runs = {run.replace(" ", "") for run in re.findall(r"\d[\d ]*\d", text)}
    return {run for run in runs if len(run) >= 3 and not re.fullmatch(r"20[2-9]\d", run)}
