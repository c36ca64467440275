"""Sites the record knows: whether the place somebody tells of is one, and what that makes of their report."""

from dataclasses import asdict, replace
from typing import Any

from flows.cleaning import cut_words
from flows.conversation import FormInHand
from flows.facts import KnownSite, SitesNeeded
from flows.forms import Form, FormField, Kind
from flows.places import Certainty
from flows.turn import TurnBuilder

# Places known no better than these may be anywhere: to ask about a site there would only confuse.
_TOO_VAGUE = frozenset({Certainty.POSTCODE_AREA, Certainty.UNKNOWN})


def ask_about_site(turn: TurnBuilder, form: Form, held: FormInHand, field: FormField) -> FormInHand:
    """The form with the site the question is about (`partial`); answered with None where none is known."""
    if (held.partial or {}).get("site"):
        return held
    place = next((held.answers.get(f.id) for f in form.fields if f.kind is Kind.PLACE), None) or {}
    site = _find(turn, form, place)
    if site is None:
        return replace(held, answers={**held.answers, field.id: None})
    # A pin may have no name, and a place loses it with whoever told it: then by what it was called just now.
    name = site.name or place.get("name") or place.get("postcode") or cut_words(place.get("text", ""), 40)
    told = {**asdict(site), "name": name, "first_seen_on": site.first_seen_on.isoformat()}
    return replace(held, asked=field.id, partial={"site": {k: told[k] for k in _KEPT}})


_KEPT = ("reference", "name", "state", "first_seen_on")


def answer_of(held: FormInHand, value: Any) -> Any:
    """A site answer as it is kept: {"answer", "reference", ...of the site}."""
    site = (held.partial or {}).get("site")
    return {**site, "answer": value} if site and isinstance(value, str) else value


def without_site(form: Form, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers once the place is another: whether a site is known there is open again."""
    about = {f.id for f in form.fields if f.kind is Kind.SITE}
    return {k: v for k, v in answers.items() if k not in about}


def _find(turn: TurnBuilder, form: Form, place: dict[str, Any]) -> KnownSite | None:
    if not place or place.get("outside") or place.get("latitude") is None:
        return None
    if place.get("certainty", Certainty.UNKNOWN) in _TOO_VAGUE:
        return None
    need = SitesNeeded(
        form.id, place["latitude"], place["longitude"], place.get("within_m") or 0, place.get("name") or ""
    )
    sites: tuple[KnownSite, ...] = turn.fact(need)
    return sites[0] if sites else None
