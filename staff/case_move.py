"""Where a report is, corrected by staff who know better: a pin beside the road, words read as another village."""

import math
from dataclasses import dataclass
from typing import Any

from flows.forms import Kind
from flows.messages import Location
from flows.places import km_between
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
    """The old point is kept with the event; district and desk follow from the new one."""
    words = check_words(why, "Why", LONGEST_WHY)
    case = act.get_case(reference)
    _check_form(act, case)
    _check_point(act, case, latitude, longitude)
    place = act.content.gazetteer.read_pin(Location(latitude, longitude))
    route = act.content.find_route(case.answers.get("land"), place.district, outside=place.outside)
    point = NewPoint(
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        certainty=place.certainty,
        within_m=place.within_m,
        district=place.district,
        desk=route.desk if route is not None else case.desk,
    )
    act.tx.submissions.move(case.id, point, act.now)
    was = {name: getattr(case, name) for name in ("latitude", "longitude", "certainty", "district", "desk")}
    event = act.write(case, "moved", {"was": was, "district": point.district, "desk": point.desk}, note=words)
    detail: dict[str, Any] = {"district": point.district, "desk": point.desk}
    act.audit("case.move", case.id, event=event, **detail)
    return Moved(point.district, point.desk)


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
