"""Where a report is and who leads there, corrected by staff who know better: a pin beside the road, a motorway."""

import math
from dataclasses import dataclass
from typing import Any

from flows.forms import Kind
from flows.messages import Location
from flows.place import km_between
from staff.act import Act, check_words
from staff.errors import StaffError
from storage.submissions import NewPoint, Submission

FARTHEST_KM = 60  # from the county's nearest town or village; beyond it, it is a slip of the pen
LONGEST_WHY = 200


@dataclass(frozen=True)
class Moved:
    """Where a case is now: ids of its district and of the desk that leads there, None where none is known."""

    district: str | None
    desk: str | None


def move(act: Act, reference: str, latitude: float, longitude: float, why: str) -> Moved:
    """The old point is kept with the event; district and desk follow from the new one, but for a desk set by hand."""
    words = check_words(why, "Why", LONGEST_WHY)
    case = act.get_case(reference)
    _check_form(act, case)
    _check_point(act, case, latitude, longitude)
    place = act.content.gazetteer.read_pin(Location(latitude, longitude))
    route = act.content.find_route(case.answers.get("land"), place.district, outside=place.outside)
    is_by_hand = any(event.kind == "desk" for event in act.tx.submission_events.of(case.id))
    point = NewPoint(
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        certainty=place.certainty,
        within_m=place.within_m,
        district=place.district,
        desk=case.desk if route is None or is_by_hand else route.desk,
    )
    act.tx.submissions.move(case.id, point, act.now)
    was = {name: getattr(case, name) for name in ("latitude", "longitude", "certainty", "district", "desk")}
    event = act.write(case, "moved", {"was": was, "district": point.district, "desk": point.desk}, note=words)
    detail: dict[str, Any] = {"district": point.district, "desk": point.desk}
    act.audit("case.move", case.id, event=event, **detail)
    return Moved(point.district, point.desk)


def set_desk(act: Act, reference: str, desk: str, why: str) -> str:
    """Who leads, where the kind of land does not say it: a motorway verge, parish land. Returns the desk's name."""
    words = check_words(why, "Why", LONGEST_WHY)
    case = act.get_open_case(reference)
    form = act.content.forms.get(case.form)
    if form is None or form.find_field("land") is None:
        raise StaffError(f"{case.reference} is of the form {case.form}, and no desk leads on those.")
    if desk not in act.content.desks:
        raise StaffError(f"There is no desk {desk}. There are: {', '.join(sorted(act.content.desks))}.")
    if desk == case.desk:
        raise StaffError(f"{case.reference} is with {desk} already.")
    act.tx.submissions.set_desk(case.id, desk, act.now)
    event = act.write(case, "desk", {"desk": desk, "was": case.desk}, note=words)
    act.audit("case.desk", case.id, event=event, desk=desk, was=case.desk)
    return act.content.desks[desk].name


def _check_form(act: Act, case: Submission) -> None:
    """Only where the place outlives the person: an event is kept, and must not tell where somebody lives."""
    form = act.content.forms.get(case.form)
    places = [field.id for field in form.fields if field.kind is Kind.PLACE] if form is not None else []
    if form is None or not form.kept_when_erased.intersection(places):
        raise StaffError(f"{case.reference} is of the form {case.form}, whose place staff cannot move.")


def _check_point(act: Act, case: Submission, latitude: float, longitude: float) -> None:
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise StaffError("A latitude and a longitude are needed, such as 52.2812 -1.5840.")
    if not Location(latitude, longitude).is_on_earth:
        raise StaffError("There is no such point on earth. A latitude comes first: 52.2812 -1.5840.")
    known = (place for place in act.content.gazetteer.known if place.district is not None)
    far = min(km_between(latitude, longitude, place.latitude, place.longitude) for place in known)
    if far > FARTHEST_KM:
        raise StaffError(
            f"That point is {far:.0f} km from the county, more than {FARTHEST_KM}. Is the latitude first, and the "
            "longitude below zero? Such as 52.2812 -1.5840."
        )
    if (round(latitude, 6), round(longitude, 6)) == (case.latitude, case.longitude):
        raise StaffError(f"{case.reference} is there already.")
