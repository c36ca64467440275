"""Sending a form: what the record gets, and what the citizen is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rapidfuzz import fuzz

from flows import consultation_answering, effects, equality
from flows.buttons import go_payload
from flows.cleaning import cut_words
from flows.content import Route
from flows.events import ConsentGiven, SubmissionFiled
from flows.filling import ask, form_in_hand, hold, resume
from flows.forms import Form, FormField, Kind
from flows.known_sites import ANOTHER, is_still_known, without_site
from flows.messages import Button
from flows.references import make_reference
from flows.safety import plain_words
from flows.stages import stage_key
from flows.texts import fill
from flows.turn import TurnBuilder

# How alike two places in words must be (0 to 100) to be one.
SAME_PLACE = 85


def file_form(turn: TurnBuilder) -> None:
    """One SubmissionFiled, the consents given, and the reference to keep; an unfinished form asks on."""
    current = form_in_hand(turn)
    if current is None:
        return
    form, held = current
    if form.next_field(held.answers, turn.incoming.channel) is not None:
        ask(turn)
        return
    if form.consultation:
        consultation_answering.send(turn, form, held)
        return
    if form.equality:
        equality.send_about(turn, form, held)
        return
    asked = {f.id: f for f in form.asked_fields(held.answers)}
    told = {k: form.answer_of(f, held.answers) for k, f in asked.items()}
    given = {k: v for k, v in told.items() if v is not None}
    consents = [v for k, v in given.items() if asked[k].kind is Kind.CONSENT]
    place = _find_place(turn, asked, given)
    body = turn.content.find_body(form.routed_to, place.get("district"), turn.today)
    site = next((v for k, v in given.items() if asked[k].kind is Kind.SITE), None)
    known = site if site is not None and site["answer"] != ANOTHER else None
    if known is not None and not is_still_known(turn, form, held, known):
        hold(turn, replace(held, answers=without_site(form, held.answers)))
        turn.say(turn.words("site.changed"))
        ask(turn)
        return
    # Who leads depends on whose land it is: a form that does not ask about land has nobody to name.
    asks_land = form.find_field("land") is not None
    where = place.get("outside")
    route = (
        turn.content.find_route(given.get("land"), place.get("district"), outside=where)
        if asks_land
        else None
    )
    reference = make_reference(form.prefix, turn.incoming.number)
    agreed = _is_agreed(form, consents)
    earlier = _find_earlier(turn, form, place)
    filed = SubmissionFiled(
        form=form.id,
        form_version=form.version,
        reference=reference,
        answers={k: as_stored(asked[k], v) for k, v in given.items() if not asked[k].personal},
        personal={k: v for k, v in given.items() if asked[k].personal and agreed},
        attachments=tuple(i for k in given if asked[k].kind is Kind.PHOTO for i in given[k]),
        district=place.get("district"),
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        certainty=place.get("certainty"),
        within_m=place.get("within_m"),
        wants_news=bool(form.news_when) and form.holds(form.news_when, held.answers),
        urgent=bool(form.urgent_when) and form.holds(form.urgent_when, held.answers),
        routed_to=body.id if body is not None else None,
        joins=earlier,
        desk=route.desk if route is not None else None,
        sighting_of=known["reference"] if known is not None else None,
        not_same=tuple(site.get("refused", ())) if site is not None else (),
    )
    turn.events.append(filed)
    turn.events.extend(
        ConsentGiven(c["wording"], c["version"], turn.language) for c in consents if c["given"]
    )
    turn.conversation = replace(turn.conversation, forms=turn.conversation.forms[:-1])
    effect = effects.apply(turn, form, given, filed)
    if earlier is not None:
        turn.say(turn.words("form.joined", reference=earlier))
    if known is not None:
        turn.say(turn.words("site.added"))
    done = turn.content.texts.form(form.id, turn.language).done or form.done
    after = () if turn.conversation.forms else (*_offers(turn, form, held.answers), turn.menu_button())
    values = {
        "reference": reference,
        "next": _what_next(turn, form, route, known),
        "body": body.title if body is not None else turn.label("word.office"),
        **effect,
    }
    turn.put(fill(done, values), after)
    resume(turn)


def _what_next(turn: TurnBuilder, form: Form, route: Route | None, known: dict[str, Any] | None) -> str:
    """Who leads; of a site that is known, where it stands."""
    if known is not None:
        return turn.label_with(
            "site.stands", stage=turn.label(stage_key(turn.content, form.id, known["state"]))
        )
    return route.told if route is not None else ""


def _offers(turn: TurnBuilder, form: Form, answers: dict[str, Any]) -> tuple[Button, ...]:
    """What may be wanted next: a second place told with the first, and what the form offers for such answers."""
    offered = [turn.go(o.go) for o in form.afterwards if form.holds(o.when, answers)]
    if turn.conversation.waiting_place:
        turn.say(turn.words("site.other", place=cut_words(turn.conversation.waiting_place, 60)))
        offered.insert(0, Button(turn.label("button.report_other"), go_payload(form.label)))
    return tuple(button for button in offered if button is not None)


def _find_place(turn: TurnBuilder, asked: dict[str, FormField], given: dict[str, Any]) -> dict[str, Any]:
    """Where it is: the place told, or what a postcode says of it."""
    told: dict[str, Any] | None = next((given[k] for k in given if asked[k].kind is Kind.PLACE), None)
    if told is not None:
        return told
    postcode = next((given[k] for k in given if asked[k].kind is Kind.POSTCODE), None)
    return turn.content.gazetteer.read(postcode).to_dict() if postcode else {}


def _find_earlier(turn: TurnBuilder, form: Form, place: dict[str, Any]) -> str | None:
    """The reference of the person's own open one of the same place that this repeats."""
    if not form.joins_repeats_days:
        return None
    since = turn.today - timedelta(days=form.joins_repeats_days)
    where = plain_words(place.get("text") or place.get("name") or "")
    same = (
        s.reference
        for s in turn.person().submissions
        if s.form == form.id
        and s.status != "closed"
        and s.sent_on >= since
        and s.district == place.get("district")
        and where
        and fuzz.token_set_ratio(plain_words(s.place), where) >= SAME_PLACE
    )
    return next(same, None)


def _is_agreed(form: Form, consents: list[dict[str, Any]]) -> bool:
    """Whether what identifies a person may be kept: only where every consent the form has was asked and given."""
    needed = any(f.kind is Kind.CONSENT for f in form.fields)
    return not needed or (bool(consents) and all(c["given"] for c in consents))


def as_stored(field: FormField, value: Any) -> Any:
    """An answer as the record keeps it: a place without what has columns of its own, photos as their number."""
    if field.kind is Kind.PHOTO:
        return len(value)
    if field.kind is Kind.SITE:
        return value["answer"]
    if field.kind is Kind.PLACE:
        return {k: value[k] for k in ("text", "name", "postcode", "outside", "within_m") if k in value}
    return value
