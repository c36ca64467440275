"""Sites the record knows: whether the place somebody tells of is one, and what that makes of their report."""

from dataclasses import asdict, replace
from typing import Any

from flows.cleaning import cut_words
from flows.conversation import FormInHand
from flows.facts import KnownSite, SitesNeeded
from flows.forms import Form, FormField, Kind
from flows.place import Certainty
from flows.site_matching import MOST_ASKED
from flows.turn import TurnBuilder

# Places known no better than these may be anywhere: to ask about a site there would only confuse.
_TOO_VAGUE = frozenset({Certainty.POSTCODE_AREA, Certainty.UNKNOWN})


def ask_about_site(turn: TurnBuilder, form: Form, held: FormInHand, field: FormField) -> FormInHand:
    """The form with the site the question is about (`partial`); answered with None where none is known."""
    if (held.partial or {}).get("site"):
        return held
    place, sites = _find_all(turn, form, held)
    if not sites:
        return replace(held, answers={**held.answers, field.id: None})
    return replace(held, asked=field.id, partial=_question_about(sites[0], sites, place, []))


def ask_about_next(turn: TurnBuilder, form: Form, held: FormInHand) -> FormInHand | None:
    """Once it is not the site asked about: the form with the next one near there; None where it is none of them.

    Nobody is asked twice in the same words, nor about more than `MOST_ASKED` sites.
    """
    partial = held.partial or {}
    if not partial.get("site"):
        return None
    refused = _refused(partial)
    if len(refused) >= MOST_ASKED:
        return None
    place, sites = _find_all(turn, form, held)
    site = next((each for each in sites if each.reference not in refused), None)
    if site is None:
        return None
    turn.say(turn.words("site.next"))
    return replace(held, partial=_question_about(site, sites, place, refused))


def is_still_known(turn: TurnBuilder, form: Form, held: FormInHand, site: dict[str, Any]) -> bool:
    """Whether a site the citizen said it is may still be added to: staff may have closed it since."""
    return any(each.reference == site["reference"] for each in _find_all(turn, form, held)[1])


def _question_about(
    site: KnownSite, sites: tuple[KnownSite, ...], place: dict[str, Any], refused: list[str]
) -> dict[str, Any]:
    """What is kept while it is asked: the site, and those that would be told in the same words ("alike")."""
    told = _as_told(site, place)
    alike = [
        each.reference
        for each in sites
        if each is not site
        and each.reference not in refused
        and _as_told(each, place) == {**told, "reference": each.reference}
    ]
    return {"site": told, "refused": refused, "alike": alike}


def _refused(partial: dict[str, Any]) -> list[str]:
    """The sites it is not once the one asked about is refused, which goes for those told in the same words too."""
    return [*partial.get("refused", []), partial["site"]["reference"], *partial.get("alike", [])]


def _as_told(site: KnownSite, place: dict[str, Any]) -> dict[str, Any]:
    # A pin may have no name, and a place loses it with whoever told it: then by what it was called just now.
    name = site.name or place.get("name") or place.get("postcode") or cut_words(place.get("text", ""), 40)
    told = {**asdict(site), "name": name, "first_seen_on": site.first_seen_on.isoformat()}
    return {k: told[k] for k in _KEPT}


ANOTHER = "another"
_KEPT = ("reference", "name", "state", "first_seen_on")


def answer_of(held: FormInHand, value: Any) -> Any:
    """A site answer as it is kept: {"answer", "reference", ...of the site, "refused": those it is not}."""
    partial = held.partial or {}
    site = partial.get("site")
    if not site or not isinstance(value, str):
        return value
    refused = _refused(partial) if value == ANOTHER else partial.get("refused", [])
    return {**site, "answer": value, "refused": refused}


def without_site(form: Form, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers once the place is another: whether a site is known there is open again."""
    about = {f.id for f in form.fields if f.kind is Kind.SITE}
    return {k: v for k, v in answers.items() if k not in about}


def _find_all(
    turn: TurnBuilder, form: Form, held: FormInHand
) -> tuple[dict[str, Any], tuple[KnownSite, ...]]:
    """The place told, and the sites that may be it, the likeliest first."""
    place = next((held.answers.get(f.id) for f in form.fields if f.kind is Kind.PLACE), None) or {}
    if not place or place.get("outside") or place.get("latitude") is None:
        return place, ()
    if place.get("certainty", Certainty.UNKNOWN) in _TOO_VAGUE:
        return place, ()
    need = SitesNeeded(
        form.id, place["latitude"], place["longitude"], place.get("within_m") or 0, place.get("name") or ""
    )
    sites: tuple[KnownSite, ...] = turn.fact(need)
    return place, sites
