"""Telephone numbers and addresses in a text, to hold them to the contacts that were confirmed."""

import re
from collections.abc import Iterable
from functools import cache

from flows.county import Contact

WEB_ADDRESS = re.compile(r"(?<![\w@.])[\w-]+(?:\.[\w-]+)+/?[^\s,;:]*")
# No year, no sum of money, and three digits at least: shorter ones ("press 55") are not dialled.
_DIGITS = re.compile(r"(?<![\w\u00a3.])\d[\d ]*\d(?![\w.]*\w)")
_YEAR = re.compile(r"20[2-9]\d")


def find_addresses(text: str) -> set[str]:
    """Web addresses as residents read them, without https:// and the full stop of their sentence."""
    return {found.rstrip(".)") for found in WEB_ADDRESS.findall(text) if any(c.isalpha() for c in found)}


def find_numbers(text: str) -> set[str]:
    """Digits of everything that can be dialled or texted."""
    for address in find_addresses(text):
        text = text.replace(address, " ")
    runs = {run.replace(" ", "") for run in _DIGITS.findall(text)}
    return {run for run in runs if len(run) >= 3 and not _YEAR.fullmatch(run)}


@cache
def _numbers_of(way: str) -> frozenset[str]:
    return frozenset(find_numbers(way))


def find_unbacked(text: str, contacts: Iterable[Contact]) -> set[str]:
    """Numbers and addresses of a text that belong to none of these contacts."""
    contacts = list(contacts)
    numbers = {n for c in contacts for way in (c.number, c.text) if way for n in _numbers_of(way)}
    addresses = {c.web for c in contacts if c.web} | {c.email.partition("@")[2] for c in contacts if c.email}
    mails = {c.email for c in contacts if c.email}
    for mail in mails:
        text = text.replace(mail, " ")
    return (find_numbers(text) - numbers) | (find_addresses(text) - addresses)
