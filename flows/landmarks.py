"""The talking gazetteer: roads, parks, junctions and the rest that residents name, as up to three candidates.

Works beside the gazetteer of towns (flows/places.py): a town in the same words says which "Station Road" is meant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from flows.geodata import NationalName, NationalNames
from flows.landmark import Candidate, Found, Landmark, MainRoad, Named, RoadPoint
from flows.place import NEAR_M, VILLAGE_M, KnownPlace, km_between
from flows.place_names import BESIDE, GENERIC, KIND_WORDS, ON_THE_LANE, ROAD_WORDS, spelt
from flows.places import Gazetteer

MOST_CANDIDATES = 3
# Two candidates nearer to each other than this are one place to whoever goes there.
SAME_KM = 0.5
SLIP = 86
SHORTEST_SLIP = 6
NEXT_KM, NEAR_KM, REACH_KM = 1.5, 3.5, 8.0
SURE, LEAD = 1.15, 0.25
# What the town it is listed under, in the same words, is worth.
BESIDE_TOWN = 0.4
# Places people live in; the gazetteer knows the county's own better than a national list does.
SETTLEMENTS = frozenset({"city", "town", "village", "hamlet", "suburban_area", "other_settlement"})
# Kinds whose names come again from place to place.
COMMON_KINDS = frozenset(
    {"road", "church", "school", "shop", "station", "green", "common", "recreation_ground"}
)
# National names are asked for by every run of words up to this long.
LONGEST_NATIONAL = 5


class Landmarks:
    """Finds candidates; built once over the county's files."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        landmarks: Sequence[Landmark] = (),
        roads: Sequence[MainRoad] = (),
        national: NationalNames | None = None,
    ) -> None:
        self._gazetteer = gazetteer
        self._national = national
        self._roads = tuple(roads)
        self._towns: dict[str, list[KnownPlace]] = defaultdict(list)
        for known in gazetteer.known:
            for name in (known.name, *known.also):
                self._towns[spelt(name)].append(known)
        self._named: dict[str, list[Landmark]] = defaultdict(list)
        for landmark in landmarks:
            for name in (landmark.name, *landmark.also):
                self._named[spelt(name)].append(landmark)
        self._road_names = {spelt(n): road for road in roads for n in (road.name, *road.also)}
        self._long_names = [
            (spelt(name), name, road)
            for road in roads
            for name in road.also
            if _is_road_of_its_own(spelt(name))
        ]
        names = {*self._named, *self._towns}
        self._longest = max((len(name.split()) for name in names), default=1)
        self._slips = [name for name in names if len(name) >= SHORTEST_SLIP]

    def find(self, text: str) -> Found:
        """Up to three places the words may mean; none where they name nothing known."""
        tokens = spelt(ON_THE_LANE.sub("by the ", text)).split()
        called = _Called(self._named, self._look_up(tokens))
        names = self._names_in(tokens, called)
        towns = [known for named in names for known in self._towns.get(named.name, ())]
        lost = _names_unknown_road(tokens, names)
        found = [
            *self._on_roads(tokens, towns),
            *(
                replace(c, is_doubtful=c.is_doubtful or (lost and named.is_beside))
                for named in names
                for c in self._of_landmarks(named, called.find(named.name), towns)
            ),
            *self._of_towns(names, len(tokens)),
        ]
        apart = _apart(sorted(found, key=lambda c: -c.score))
        if len(apart) > MOST_CANDIDATES and apart[0].score - apart[MOST_CANDIDATES].score < LEAD:
            # "Coventry Road": there are too many to name, and the town must be asked for.
            towns_alone = [c for c in apart if c.is_town]
            return Found(tuple(towns_alone[:MOST_CANDIDATES]), is_sure=False)
        best = apart[:MOST_CANDIDATES]
        return Found(tuple(best), _is_sure(best))

    def _look_up(self, tokens: list[str]) -> dict[str, list[Landmark]]:
        """What a national list calls by a run of these words, and the county's own files do not."""
        if self._national is None:
            return {}
        runs = {
            " ".join(tokens[at : at + size])
            for size in range(1, min(LONGEST_NATIONAL, len(tokens)) + 1)
            for at in range(len(tokens) - size + 1)
            if not set(tokens[at : at + size]) <= KIND_WORDS
        }
        found: dict[str, list[Landmark]] = defaultdict(list)
        for each in self._national.find_names(sorted(runs)):
            name = spelt(each.name)
            if each.kind not in SETTLEMENTS or name not in self._towns:
                found[name].append(self._as_landmark(each))
        return found

    def _as_landmark(self, each: NationalName) -> Landmark:
        district, outside = self._gazetteer.find_district(
            each.latitude, each.longitude, code=each.district, council=each.council
        )
        return Landmark(
            each.name,
            each.kind,
            each.near or self._gazetteer.nearest(each.latitude, each.longitude)[0].name,
            district,
            each.latitude,
            each.longitude,
            each.within_m,
            outside=outside,
        )

    def _names_in(self, tokens: list[str], called: "_Called") -> list[Named]:
        """The longest names first, each word used once, then names with a slip."""
        free = [True] * len(tokens)
        found: list[Named] = []
        for size in range(min(max(self._longest, LONGEST_NATIONAL), len(tokens)), 0, -1):
            for at in range(len(tokens) - size + 1):
                name = " ".join(tokens[at : at + size])
                if all(free[at : at + size]) and (called.has(name) or name in self._towns):
                    found.append(Named(name, 1.0, at, size, tokens[at - 1] in BESIDE if at else False))
                    # A town's name may also be part of a longer one said again; its words stay taken.
                    free[at : at + size] = [False] * size
        for size in range(min(4, len(tokens)), 0, -1):
            for at in range(len(tokens) - size + 1):
                words = tokens[at : at + size]
                name = " ".join(words)
                if not all(free[at : at + size]) or len(name) < SHORTEST_SLIP or set(words) <= KIND_WORDS:
                    continue
                hit = process.extractOne(name, self._slips, scorer=fuzz.ratio, score_cutoff=SLIP)
                if hit:
                    beside = tokens[at - 1] in BESIDE if at else False
                    found.append(Named(hit[0], hit[1] / 100 - 0.05, at, size, beside))
                    free[at : at + size] = [False] * size
        return found

    def _of_landmarks(
        self, named: Named, called: list[Landmark], towns: list[KnownPlace]
    ) -> Iterable[Candidate]:
        name = named.name
        for landmark in called:
            score = named.quality + 0.04 * len(name.split())
            is_only = len(called) == 1 and " " in name and landmark.kind not in COMMON_KINDS
            if name in self._towns:
                score -= 0.2
            elif is_only:
                score += 0.1
            score += BESIDE_TOWN if spelt(landmark.near) in name else self._beside(landmark, towns)
            yield Candidate(
                _with_town(landmark.name, landmark.near),
                landmark.district,
                landmark.latitude,
                landmark.longitude,
                landmark.within_m,
                round(score, 3),
                landmark.outside,
                is_doubtful=self._is_doubtful(landmark, name, towns),
                is_only=is_only and named.quality == 1.0 and not named.is_beside,
            )

    def _is_doubtful(self, landmark: Landmark, name: str, towns: list[KnownPlace]) -> bool:
        """Whether its town was not named, for a name that every town has, or another one was."""
        if spelt(landmark.near) in name or any(town.name == landmark.near for town in towns):
            return False
        others = [town for town in towns if spelt(town.name) not in name]
        if not others:
            return set(name.split()) <= GENERIC | KIND_WORDS
        return all(
            km_between(landmark.latitude, landmark.longitude, town.latitude, town.longitude) * 1000
            > town.within_m + landmark.within_m
            for town in others
        )

    def _beside(self, landmark: Landmark, towns: list[KnownPlace]) -> float:
        """How well the towns named in the same words agree with a landmark."""
        others = [t for t in towns if spelt(t.name) not in spelt(landmark.name)]
        if not others:
            return 0.0
        if any(t.name == landmark.near for t in others):
            return BESIDE_TOWN
        km = min(km_between(landmark.latitude, landmark.longitude, t.latitude, t.longitude) for t in others)
        if km > REACH_KM:
            return -0.6
        if landmark.kind in COMMON_KINDS:
            # The village that was named may have a Station Road of its own, which nobody listed.
            return 0.1 if km <= NEXT_KM else -0.3
        return 0.3 if km <= NEAR_KM else 0.0

    def _on_roads(self, tokens: list[str], towns: list[KnownPlace]) -> Iterable[Candidate]:
        """Where on a main road: at a turn or junction that is named, else where it passes the towns named."""
        said = " ".join(tokens)
        named = [
            # Said back by the name it was called by, and the number beside it.
            (spelled, replace(road, name=f"{name} ({road.name})"))
            for spelled, name, road in self._long_names
            if f" {spelled} " in f" {said} "
        ]
        named += [(t, self._road_names[t]) for t in dict.fromkeys(tokens) if t in self._road_names]
        for token, road in named:
            for point in road.points:
                quality = max(
                    (_named_in(spelt(n), said, token) for n in (point.at, *point.also)), default=0.0
                )
                if quality:
                    # A road goes on through a town: "out of Rugby on the A426" is not in Rugby.
                    is_wide = any(t.within_m >= NEAR_M for t in self._towns.get(spelt(point.at), ()))
                    yield replace(self._at(road, point, 0.25 + quality), is_doubtful=is_wide)
            for town in towns:
                nearest = min(
                    road.points,
                    key=lambda p: km_between(p.latitude, p.longitude, town.latitude, town.longitude),
                )
                km = km_between(nearest.latitude, nearest.longitude, town.latitude, town.longitude)
                if km <= REACH_KM:
                    yield self._at(road, nearest, 0.95 - 0.05 * km)

    def _at(self, road: MainRoad, point: RoadPoint, score: float) -> Candidate:
        nearest, _ = self._gazetteer.nearest(point.latitude, point.longitude)
        return Candidate(
            f"{road.name}, {point.at}",
            nearest.district,
            point.latitude,
            point.longitude,
            NEAR_M if spelt(point.at) in self._towns else VILLAGE_M,
            round(score, 3),
            None if nearest.district else (nearest.force or "far"),
        )

    def _of_towns(self, names: list[Named], length: int) -> Iterable[Candidate]:
        """The towns named; one that only says what the place is near to, or which way, comes after the others."""
        for named in names:
            for known in self._towns.get(named.name, ()):
                bare = len(named.name.split()) == length
                score = 1.2 if bare else 0.75 - 0.2 * named.is_beside - 0.01 * named.at
                yield Candidate(
                    known.name,
                    known.district,
                    known.latitude,
                    known.longitude,
                    known.within_m if bare else max(known.within_m, NEAR_M),
                    round(score * named.quality, 3),
                    None if known.district else (known.force or "far"),
                    is_town=True,
                )


@dataclass(frozen=True)
class _Called:
    """Landmarks by spelt name: the county's own, and those of a national list for one phrase."""

    own: dict[str, list[Landmark]]
    national: dict[str, list[Landmark]]

    def has(self, name: str) -> bool:
        return name in self.own or name in self.national

    def find(self, name: str) -> list[Landmark]:
        return [*self.own.get(name, ()), *self.national.get(name, ())]


def _named_in(name: str, said: str, road: str) -> float:
    """How well a point of a road is named in what was said (0 to 1), the road's own name left out."""
    words = [w for w in name.split() if w not in road.split()]
    telling = [w for w in words if w not in KIND_WORDS] or words
    if not telling:
        return 0.0
    bare = " ".join(telling)
    if re.search(rf"\b{re.escape(bare)}\b", said):
        return 1.0
    score = fuzz.partial_ratio(bare, said) if len(bare) >= SHORTEST_SLIP else 0.0
    return score / 100 - 0.05 if score >= 90 else 0.0


def _is_road_of_its_own(name: str) -> bool:
    """Whether a road's name of more words is no other's: "Fosse Way", but not "Coventry Road"."""
    words = name.split()
    return len(words) > 1 and (words[-1] != "road" or "relief" in words)


def _names_unknown_road(tokens: list[str], names: list[Named]) -> bool:
    """Whether a road is named that nobody listed ("Slade Hill"): the place is there, and not at what is known."""
    taken = {at for named in names for at in range(named.at, named.at + named.size)}
    return any(
        word in ROAD_WORDS
        and not {at, at - 1} & taken
        and tokens[at - 1] not in KIND_WORDS | GENERIC | BESIDE
        for at, word in enumerate(tokens)
        if at
    )


def _with_town(name: str, near: str) -> str:
    return name if spelt(near) in spelt(name) else f"{name}, {near}"


def _apart(found: list[Candidate]) -> list[Candidate]:
    """The best of each spot; of two named outright there, the one whose point is known better."""
    kept: list[Candidate] = []
    for candidate in found:
        same = next((at for at, c in enumerate(kept) if _km(c, candidate) <= SAME_KM), None)
        if same is None:
            kept.append(candidate)
        elif (
            candidate.score >= SURE and candidate.within_m < kept[same].within_m and not candidate.is_doubtful
        ):
            kept[same] = replace(candidate, score=kept[same].score)
    return kept


def _km(one: Candidate, other: Candidate) -> float:
    return km_between(one.latitude, one.longitude, other.latitude, other.longitude)


def _is_sure(best: list[Candidate]) -> bool:
    if not best or best[0].score < SURE or best[0].is_doubtful:
        return False
    return len(best) == 1 or best[0].score - best[1].score >= LEAD
