"""Names of places as they are compared: spelling, short forms, and words that alone name no place."""

import re
import unicodedata
from functools import lru_cache

_JOINERS = re.compile(r"\b(on|upon|in|the|under|le|of|cum)\b")
_SHORT = {
    **{
        "rd": "road",
        "ln": "lane",
        "ave": "avenue",
        "av": "avenue",
        "dr": "drive",
        "cl": "close",
        "cres": "crescent",
    },
    **{
        "street": "st",
        "saint": "st",
        "sq": "square",
        "pk": "park",
        "gdns": "gardens",
        "ct": "court",
        "ter": "terrace",
    },
    **{"recreation": "rec", "jct": "junction", "jn": "junction", "junc": "junction", "xrds": "crossroads"},
    **{
        "rdbt": "roundabout",
        "rbt": "roundabout",
        "island": "roundabout",
        "rab": "roundabout",
        "rndbt": "roundabout",
    },
    **{
        "stn": "station",
        "ctr": "centre",
        "center": "centre",
        "cntre": "centre",
        "ind": "industrial",
        "est": "estate",
    },
    **{
        "trading": "industrial",
        "nr": "near",
        "opp": "opposite",
        "sch": "school",
        "hosp": "hospital",
        "ch": "church",
    },
    **{"utd": "united", "fc": "football", "ftbl": "football", "rfc": "rugby", "cp": "park", "mkt": "market"},
    **{
        "leam": "leamington",
        "strat": "stratford",
        "nun": "nuneaton",
        "kenny": "kenilworth",
        "cov": "coventry",
    },
    **{
        "layby": "layby",
        "sth": "south",
        "nth": "north",
        "gt": "great",
        "lt": "little",
        "lwr": "lower",
        "upr": "upper",
    },
}
_PHRASES = (
    (re.compile(r"\blay by\b"), "layby"),
    (re.compile(r"\brec ground\b"), "rec"),
    (re.compile(r"\broyal leamington( spa)?\b"), "leamington"),
    (re.compile(r"\bleamington spa\b"), "leamington"),
    (re.compile(r"\bstratford( upon)? avon\b"), "stratford"),
    (re.compile(r"\b([abm]) (\d{1,4})\b"), r"\1\2"),
    (re.compile(r"\bj(?:unction)? ?(\d{1,2})\b"), r"junction \1"),
    (
        re.compile(r"\b(?:sports|playing|football|rugby|cricket) (?:fields?|pitch|pitches|grounds?)\b"),
        "playing field",
    ),
)
# Words that say what kind of thing it is; alone they name no place.
KIND_WORDS = frozenset(
    "road lane st street avenue drive close park rec green common wood field fields playing station church "
    "school estate industrial car carpark layby roundabout junction bridge farm pub shop centre canal river "
    "lock marina way hill crossroads village town hall the north south east west near opposite behind by at "
    "to from".split()
)

# Words of names that every town has; they and kind words alone are nowhere without their town.
GENERIC = frozenset(
    "market place square church chapel high main mill manor hall new old green court long cross queen queens king "
    "kings victoria park bridge post office college memorial war sports leisure community library surgery "
    "fire police bus railway train back front top bottom great little upper lower s".split()
)
# The last word of a road's name.
ROAD_WORDS = frozenset(
    "road lane st avenue drive close hill way crescent row walk grove gardens terrace".split()
)
# "Maxstoke on the lane" is not Maxstoke Lane.
ON_THE_LANE = re.compile(
    r"\b(?:on|in|along|down|up|off) the (?=(?:lane|road|street|hill|verge)\b)", re.IGNORECASE
)

# Before a name: what the place is near to, or which way from it.
BESIDE = frozenset("near towards to from for opposite outside leaving past toward".split())


def plain_name(name: str) -> str:
    """Lower case, no accents, apostrophes or joining words, so that "Bishops Tachbrook" is found."""
    text = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    text = re.sub(r"['\u2019`]", "", text)
    text = re.sub(r"[^a-z0-9]+", " ", text)
    text = re.sub(r"\bsaint\b", "st", text)
    text = _JOINERS.sub(" ", text)
    return re.sub(r"\s+", " ", text).strip()


@lru_cache(maxsize=20_000)
def spelt(name: str) -> str:
    """A name or phrase as it is compared: plain letters, short forms written out the same way."""
    words = [_SHORT.get(word, word) for word in plain_name(name).split()]
    text = " ".join(words)
    for pattern, instead in _PHRASES:
        text = pattern.sub(instead, text)
    return text
