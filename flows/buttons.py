"""What a button carries: which question it belongs to and what it means. At most 64 bytes (Telegram)."""

from dataclasses import dataclass

MAX_BYTES = 64


@dataclass(frozen=True)
class Pressed:
    """`step` is the question's number, or None for a button that is good at any time (a menu entry)."""

    step: int | None
    action: str
    value: str


def answer_payload(step: int, value: str) -> str:
    return f"{step}:a:{value}"


def command_payload(step: int, command: str) -> str:
    return f"{step}:c:{command}"


def go_payload(label: str) -> str:
    """A button that acts on a label ("report_encampment", "ask/tack_theft", "menu") whatever came since."""
    return f"go:{label}"


def parse_payload(payload: str) -> Pressed | None:
    """None for a payload that no button of ours carries."""
    if payload.startswith("go:") and len(payload) <= MAX_BYTES:
        return Pressed(None, "go", payload.removeprefix("go:"))
    step, _, rest = payload.partition(":")
    action, _, value = rest.partition(":")
    if not (step.isdecimal() and len(step) <= 9) or action not in ("a", "c") or not value:
        return None
    return Pressed(int(step), {"a": "answer", "c": "command"}[action], value)
