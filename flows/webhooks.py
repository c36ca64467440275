"""What other case systems are told of a case, and which of them: facts for a machine, nobody's words or data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the settings name these events, and must not wait for the forms to load
    from flows.forms import Form

CHANNEL = "webhook"
# Answers that are told, where their form asks for a number or a choice; free words never are.
TOLD = ("caravans", "vehicles", "land", "impact")
TOLD_KINDS = frozenset({"number", "choice", "choices"})


class HookEvent(StrEnum):
    FILED = "case.filed"  # a report came
    STATE = "case.state"  # it is in another state
    MOVED = "case.moved"  # its point is another: staff or a better placed report corrected it
    DESK = "case.desk"  # staff gave it to another desk
    JOINED = (
        "case.joined"  # it was joined to another report of the same, or parted from it (joined_to is null)
    )


@dataclass(frozen=True)
class Webhook:
    """One receiver. `name` is the deployment's word for it, `events` what it wants to hear of."""

    name: str
    url: str
    events: frozenset[HookEvent]


@dataclass(frozen=True)
class HookCase:
    """A case as it is told. `joined_to` is the reference of the case it repeats."""

    reference: str
    form: str
    state: str
    district: str | None
    desk: str | None
    latitude: float | None
    longitude: float | None
    certainty: str | None
    answers: Mapping[str, Any]
    joined_to: str | None


def make_body(event: HookEvent, case: HookCase, form: "Form | None", now: datetime) -> dict[str, Any]:
    """{"type", "timestamp", "data"} (standardwebhooks.com); every key is there, null where nothing is known."""
    kinds = {field.id: field.kind for field in form.fields} if form is not None else {}
    data: dict[str, Any] = {
        "reference": case.reference,
        "form": case.form,
        "state": case.state,
        "district": case.district,
        "desk": case.desk,
        "latitude": case.latitude,
        "longitude": case.longitude,
        "certainty": case.certainty,
    }
    data |= {name: case.answers.get(name) if kinds.get(name) in TOLD_KINDS else None for name in TOLD}
    data["joined_to"] = case.joined_to
    return {"type": str(event), "timestamp": now.astimezone(UTC).isoformat(), "data": data}
