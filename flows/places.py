"""The offline gazetteer: from the words, postcode or pin of a citizen to a point, a district and how sure it is.

It says what it does not know: words without a known place come back unresolved, a postcode only as
exactly as its outward code, a pin by the nearest known place, in the county or outside. With postcodes and
boundaries given to it (flows/geodata.py) both become exact.
"""

import copy
import re
from collections.abc import Iterable
from dataclasses import replace

from rapidfuzz import fuzz, process

from flows.geodata import Area, PostcodePoint
from flows.messages import Location
from flows.place import (
    NEAR_M,
    NO_SOURCES,
    PIN_M,
    POSTCODE_M,
    AmbiguousPlace,
    Certainty,
    GeoSources,
    KnownPlace,
    OutwardArea,
    Place,
    km_between,
)
from flows.place_names import plain_name
from flows.postcodes import find_postcode, get_outward, read_postcode

FAR_KM = 12.0
# Typed degrees, by their decimals; more of them are worth a pin.
_DECIMALS_M = {2: 1000, 3: 100}
_ROAD = (
    "road|rd|street|st|lane|ln|way|avenue|ave|drive|dr|close|crescent|hill|row|walk|grove|gardens|terrace|"
    "roundabout|island|bypass|highway|turn|junction"
)
# "Rugby" is a town and a game: these words after it mean the game.
_GAME = "club|pitch|pitches|football|field|fields|ground|grounds|match|union|league|posts|team"
_COORDINATES = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{2,})\s*[,; ]\s*(-?\d{1,3}\.\d{2,})(?![\d.])")
_THREE_WORDS = re.compile(
    r"(?:///|what3words(?:\.com)?[ /:]*|w3w(?:\.co)?[ /:]*)\s*[^\W\d_]+\.[^\W\d_]+\.[^\W\d_]+"
    r"|^\s*[^\W\d_]{3,}\.[^\W\d_]{3,}\.[^\W\d_]{3,}\s*$",
    re.IGNORECASE,
)


class Gazetteer:
    """Finds places by name, postcode or point. `neighbours` are places outside the county, with their force.

    `words` are the single words of all names, in small letters.
    """

    def __init__(
        self,
        places: tuple[KnownPlace, ...],
        neighbours: tuple[KnownPlace, ...],
        areas: tuple[OutwardArea, ...],
        district_names: dict[str, str],
        ambiguous: tuple[AmbiguousPlace, ...] = (),
        sources: GeoSources = NO_SOURCES,
    ) -> None:
        self._sources = sources
        self._told: dict[str, PostcodePoint] = {}
        self._ambiguous = {plain_name(n): each for each in ambiguous for n in (each.name, *each.also)}
        self._all = (*places, *neighbours)
        self._areas = {area.code: area for area in areas}
        self.district_names = district_names
        self._names: dict[str, KnownPlace] = {}
        for known in self._all:
            for name in (known.name, *known.also):
                self._names.setdefault(plain_name(name), known)
        everywhere = (*self._names, *self._ambiguous)
        self._longest = max((len(name.split()) for name in everywhere), default=1)
        self.words = frozenset(word for name in everywhere for word in name.split())
        self._fuzzy = [name for name in self._names if len(name) >= 6]

    @property
    def known(self) -> tuple[KnownPlace, ...]:
        """Every town and village, those just outside the county too."""
        return self._all

    def read(self, text: str) -> Place:
        """The place a citizen's words mean; certainty UNKNOWN where no known name or postcode is in them.

        Typed coordinates count as a pin. The three words of what3words are kept as words: turning them into
        a point needs their service, and their words may be names of places by chance.
        """
        said = text.strip()
        pin = find_coordinates(said)
        if pin is not None:
            certainty, within_m = _exactness(said)
            return replace(self.read_pin(pin), text=said, certainty=certainty, within_m=within_m)
        words = _THREE_WORDS.sub(" ", said)
        return replace(self._read_words(words), text=said)

    def _read_words(self, words: str) -> Place:
        postcode = find_postcode(words) or self.find_outward(words)
        unsettled = self._find_ambiguous(words)
        if unsettled is None:
            found = self._find_names(words)
        else:
            # A second place settles it; the name itself and what it resembles do not.
            found = self._find_names(unsettled[1])
            if not found and not postcode:
                return Place(words, ask=unsettled[0].ask, either=unsettled[0].districts)
        if postcode:
            return self._by_postcode(words, postcode, found)
        if not found:
            return Place(words)
        return self._by_name(words, found)

    def read_pin(self, pin: Location) -> Place:
        """The place of a pin, named after the nearest known place."""
        if not pin.is_on_earth:
            return Place("", certainty=Certainty.PIN, outside="far")
        nearest, km = self.nearest(pin.latitude, pin.longitude)
        outside = None
        if km > FAR_KM:
            outside = "far"
        elif nearest.district is None:
            outside = nearest.force or "far"
        boundaries = self._sources.boundaries
        area = boundaries.find_area(pin.latitude, pin.longitude) if boundaries else None
        near = Place(
            text="",
            name=nearest.name,
            latitude=round(pin.latitude, 6),
            longitude=round(pin.longitude, 6),
            district=None if outside else nearest.district,
            certainty=Certainty.PIN,
            outside=outside,
            within_m=PIN_M,
        )
        return self._placed_in(near, area) if area else near

    def _placed_in(self, place: Place, area: Area) -> Place:
        """A place in the local authority it surely lies in, whatever is nearest to it."""
        district = self._sources.districts.get(area.code)
        if district:
            return replace(place, district=district, outside=None)
        force = self._sources.forces.get(area.name) or place.outside
        return replace(place, district=None, outside=force or self._find_force_near(place) or "far")

    def _find_force_near(self, place: Place) -> str | None:
        """The police of the nearest place outside, for one just over a border nobody named."""
        if place.latitude is None or place.longitude is None:
            return None
        here = (place.latitude, place.longitude)
        away = [(km_between(*here, k.latitude, k.longitude), k) for k in self._all if k.district is None]
        km, nearest = min(away, key=lambda pair: pair[0], default=(FAR_KM + 1, None))
        return nearest.force if nearest is not None and km <= FAR_KM else None

    def find_district(
        self, latitude: float, longitude: float, *, code: str | None = None, council: str | None = None
    ) -> tuple[str | None, str | None]:
        """The district id of a point, or who polices it outside; `code` and `council` where its list tells them."""
        place = self.read_pin(Location(latitude, longitude))
        if code or council:
            place = self._placed_in(place, Area(code or "", council or ""))
        return place.district, place.outside

    def nearest(self, latitude: float, longitude: float) -> tuple[KnownPlace, float]:
        """The nearest known place and how far it is, in kilometres."""
        best = min(self._all, key=lambda k: km_between(latitude, longitude, k.latitude, k.longitude))
        return best, km_between(latitude, longitude, best.latitude, best.longitude)

    def told_of(self, points: Iterable[PostcodePoint]) -> "Gazetteer":
        """The same gazetteer with postcodes that were looked up elsewhere for one turn."""
        known = {point.postcode: point for point in points}
        if not known:
            return self
        other = copy.copy(self)
        other._told = known
        return other

    def is_no_postcode(self, postcode: str | None) -> bool:
        """Whether a full postcode of one of our areas is surely none; False where nobody can tell."""
        if not postcode or get_outward(postcode) not in self._areas:
            return False
        point = self._find_point(postcode)
        return point is not None and point.latitude is None

    def needs_point(self, postcode: str) -> bool:
        """Whether a full postcode is of one of our areas, and nothing here can tell where it is or that it is none."""
        return get_outward(postcode) in self._areas and self._find_point(postcode) is None

    def _find_point(self, postcode: str) -> PostcodePoint | None:
        points = self._sources.points
        found = points.find_point(postcode) if points and " " in postcode else None
        return found or self._told.get(postcode)

    def merge(self, first: Place, more: str) -> Place:
        """A place without a town, or a town without a road, completed by what was said when asked for more."""
        told = self.read(more)
        text = (
            first.text
            if plain_name(more) in plain_name(first.text)
            else f"{first.text}, {more.strip()}".strip(", ")
        )
        if told.certainty is Certainty.UNKNOWN and first.ask:
            return self._merge_ambiguous(first, more, text)
        if told.certainty is Certainty.UNKNOWN:
            # The first words are as good as it gets; a road within a named town makes it nearer.
            is_town = first.certainty is Certainty.NAMED_PLACE
            return replace(first, text=text, certainty=Certainty.NEAR if is_town else first.certainty)
        postcode = told.postcode or first.postcode
        if told.certainty is Certainty.NAMED_PLACE and first.text:
            within_m = max(told.within_m or 0, NEAR_M)
            return replace(told, text=text, certainty=Certainty.NEAR, postcode=postcode, within_m=within_m)
        return replace(told, text=text, postcode=postcode)

    def _merge_ambiguous(self, first: Place, more: str, text: str) -> Place:
        """The answer to a name's own question, where it names no other place."""
        outside = [known for known in self._find_names(more) if known.district is None]
        if outside:
            return replace(self._by_name(more, outside), text=text)
        here = re.search(r"\b(warwickshire|this side|just over|over the border)\b", more.casefold())
        if here and first.either and len(first.either) == 1:
            return Place(text, district=first.either[0], certainty=Certainty.NEAR)
        return Place(text)

    def _find_ambiguous(self, words: str) -> tuple[AmbiguousPlace, str] | None:
        """A name that must be asked about and the words beside it; not where it is part of a longer known name."""
        tokens = plain_name(words).split()
        at = 0
        while at < len(tokens):
            length = 1
            for n in range(min(self._longest, len(tokens) - at), 0, -1):
                name = " ".join(tokens[at : at + n])
                if name in self._ambiguous or name in self._names:
                    length = n
                    break
            name = " ".join(tokens[at : at + length])
            after = tokens[at + length] if at + length < len(tokens) else ""
            if name in self._ambiguous and not _is_road(name, after):
                return self._ambiguous[name], " ".join([*tokens[:at], *tokens[at + length :]])
            at += length
        return None

    def _by_postcode(self, words: str, postcode: str, found: list[KnownPlace]) -> Place:
        point = self._find_point(postcode)
        if point is not None and point.latitude is not None and point.longitude is not None:
            there = self.read_pin(Location(point.latitude, point.longitude))
            if point.district:
                there = self._placed_in(there, Area(point.district, point.council or ""))
            return replace(
                there, text=words, certainty=Certainty.POSTCODE, postcode=postcode, within_m=POSTCODE_M
            )
        area = self._areas.get(get_outward(postcode))
        named = next((k for k in found if area is None or k.district in area.districts), None)
        if area is None:
            return Place(words, postcode=postcode, outside="postcode", certainty=Certainty.POSTCODE_AREA)
        if named:
            near = self._by_name(words, [named])
            return replace(near, postcode=postcode)
        # An outward code alone must not decide between councils: one district and none outside, or none.
        alone = area.districts[0] if len(area.districts) == 1 and not area.outside else None
        return Place(
            words,
            latitude=area.latitude,
            longitude=area.longitude,
            district=alone,
            certainty=Certainty.POSTCODE_AREA,
            postcode=postcode,
            within_m=area.within_m,
        )

    def _by_name(self, words: str, found: list[KnownPlace]) -> Place:
        known = found[-1]
        bare = plain_name(words) in {plain_name(n) for n in (known.name, *known.also)}
        return Place(
            words,
            name=known.name,
            latitude=known.latitude,
            longitude=known.longitude,
            district=known.district,
            certainty=Certainty.NAMED_PLACE if bare else Certainty.NEAR,
            outside=None if known.district else (known.force or "far"),
            within_m=known.within_m if bare else max(known.within_m, NEAR_M),
        )

    def _find_names(self, words: str) -> list[KnownPlace]:
        """Known places named. One that only names a road ("Coventry Road") says nothing of where it is."""
        tokens = plain_name(words).split()
        named: list[KnownPlace] = []
        at = 0
        while at < len(tokens):
            length = next(
                (
                    n
                    for n in range(min(self._longest, len(tokens) - at), 0, -1)
                    if " ".join(tokens[at : at + n]) in self._names
                ),
                0,
            )
            if not length:
                at += 1
                continue
            known = self._names[" ".join(tokens[at : at + length])]
            after = tokens[at + length] if at + length < len(tokens) else ""
            if not _is_road(known.name, after):
                named.append(known)
            at += length
        return named or self._find_misspelt(tokens)

    def _find_misspelt(self, tokens: list[str]) -> list[KnownPlace]:
        """One long name with a slip in it ("lemington"), where nothing else comes close."""
        best: list[tuple[float, KnownPlace]] = []
        for size in (3, 2, 1):
            for at in range(len(tokens) - size + 1):
                words = " ".join(tokens[at : at + size])
                after = tokens[at + size] if at + size < len(tokens) else ""
                if len(words) < 6 or words in self._names or re.fullmatch(_ROAD, after):
                    continue
                hit = process.extractOne(words, self._fuzzy, scorer=fuzz.ratio, score_cutoff=86)
                if hit:
                    best.append((hit[1], self._names[hit[0]]))
        if not best:
            return []
        top = max(score for score, _ in best)
        winners = {known.name: known for score, known in best if score == top}
        return list(winners.values()) if len(winners) == 1 else []

    def find_outward(self, words: str) -> str | None:
        """An outward code alone ("CV34", "in cv34"), only if it is one of ours: "A46" is a road."""
        for token in re.findall(r"[A-Za-z0-9]+", words):
            read = read_postcode(token)
            if read in self._areas:
                return read
        return None


def find_coordinates(text: str) -> Location | None:
    """Latitude and longitude as people paste them ("52.2812, -1.5840", a map link); None where there are none."""
    found = _COORDINATES.search(text)
    if not found:
        return None
    pin = Location(float(found[1]), float(found[2]))
    return pin if pin.is_on_earth else None


def _exactness(text: str) -> tuple[Certainty, int]:
    """Three decimals and more are within 100 m, as good as a pin; two are within a kilometre."""
    found = _COORDINATES.search(text)
    decimals = min(len(n.partition(".")[2]) for n in found.groups()) if found else 0
    return Certainty.PIN if decimals >= 3 else Certainty.NEAR, _DECIMALS_M.get(decimals, PIN_M)


def _is_road(name: str, after: str) -> bool:
    if name == "Rugby" and re.fullmatch(_GAME, after):
        return True
    return bool(re.fullmatch(_ROAD, after))
