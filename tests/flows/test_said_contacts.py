"""Numbers and addresses in a text, held to contacts."""

import pytest

from flows.county import Contact
from flows.said_contacts import find_addresses, find_numbers, find_unbacked


def contact(**ways: str) -> Contact:
    return Contact(name="A body", status="confirmed", **ways)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Call 999, or 0808 16 89 111 by day.", {"999", "08081689111"}),
        ("Press 55 in May 2028", set()),
        ("It costs \u00a3200 and goes 15.5 mph", set()),
        ("See example.org/2024/115?p=18543.", set()),
        ("A lock to BS3621 or TS007", set()),
        ("Text SHOUT to 85258.", {"85258"}),
    ],
)
def test_numbers_are_what_can_be_dialled(text, numbers):
    assert find_numbers(text) == numbers


def test_addresses_are_read_without_the_full_stop():
    assert find_addresses("Look at warwickshire.police.uk. Or (ourwatch.org.uk).") == {
        "warwickshire.police.uk",
        "ourwatch.org.uk",
    }


def test_what_no_contact_backs_is_found():
    own = [contact(number="101"), contact(web="ourwatch.org.uk"), contact(email="report@phishing.gov.uk")]
    assert find_unbacked("Call 101, see ourwatch.org.uk, mail report@phishing.gov.uk", own) == set()
    assert find_unbacked("Call 102 or see watch.org.uk", own) == {"102", "watch.org.uk"}
