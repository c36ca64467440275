"""The kinds of one-time codes, each with two letters that no form's references begin with."""

from flows.references import make_reference

# The receipt of an anonymous answer to a consultation: no code of these kinds, and no form's either.
TICKET_PREFIX = "TK"
KINDS = {"JN": "join", "VS": "invite", "ST": "status", "PH": "phone", "HV": "handover", "MD": "data"}
PREFIXES = {kind: prefix for prefix, kind in KINDS.items()}


def make_code(kind: str, number: int) -> str:
    """The code of a kind for a number from 0 to NUMBERS - 1 (flows/references.py)."""
    return make_reference(PREFIXES[kind], number)
