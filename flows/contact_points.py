"""Phone numbers (E.164) and email addresses, as people write them."""

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from flows.reading import Answered, Read, Unclear


def read_phone(text: str, *, mobile: bool = False) -> Read:
    loose = phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.POSSIBLE)
    found = [match for match in loose if _is_callable(match.number)]
    if len(found) == 1 and mobile and not _is_mobile(found[0].number):
        return Unclear("phone.not_mobile")
    if len(found) == 1:
        return Answered(phonenumbers.format_number(found[0].number, phonenumbers.PhoneNumberFormat.E164))
    if len(re.sub(r"\D", "", text)) >= 5:
        return Unclear("phone.two" if len(found) > 1 else "phone.wrong")
    return None


def _is_callable(number: phonenumbers.PhoneNumber) -> bool:
    """Valid, or a British mobile of full length: new ranges, and those Ofcom keeps for drama, are not listed."""
    return _is_british_mobile(number) or phonenumbers.is_valid_number(number)


def _is_british_mobile(number: phonenumbers.PhoneNumber) -> bool:
    national = str(number.national_number)
    return number.country_code == 44 and national.startswith("7") and len(national) == 10


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    """Whether texts may reach it; some countries' numbers do not tell."""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return _is_british_mobile(number) or phonenumbers.number_type(number) in kinds


def read_email(text: str) -> Read:
    if "@" not in text and " at " not in text.casefold():
        return None
    plain = [w.strip(",;:<>().!?") for w in text.split() if "@" in w]
    if len(plain) == 1 and (address := _find_email(plain[0])):
        return Answered(address)
    joined = re.sub(r"\s*(@|\.)\s*", r"\1", text.strip())
    joined = re.sub(r"\s+at\s+", "@", joined, flags=re.IGNORECASE)
    joined = re.sub(r"\s+dot\s+", ".", joined, flags=re.IGNORECASE)
    words = [w.strip(",;<>()") for w in joined.split() if "@" in w]
    address = _find_email(words[0]) if len(words) == 1 else None
    return Answered(address) if address else Unclear("email.wrong")


def _find_email(word: str) -> str | None:
    try:
        return validate_email(word, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
