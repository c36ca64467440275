"""The words that say since when the camp has been there; what time they mean is for flows/times.py.

The words of days, parts of days and amounts are data (lexicon.yml, `times`); how they go together is here.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from nlu.components.lexicon import NOT_AFTER_WORD, NOT_BEFORE_WORD, any_of
from nlu.components.span import Span

_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})"
_ISH = r"(?:\s?-?ish)?"
# "Five to seven caravans" is no time.
_CLOCK_ENDS = (
    r"(?=\s*(?:[.,;!?)\n]|$|this|last|yesterday|in\s+the|on\b|they|there|tonight|today|and\b|we\b|i\b))"
)
_CLOCK = (
    rf"(?:half\s+(?:past\s+)?{_HOUR}{_ISH}(?!\s+(?:dozen|a)\b)|(?:a\s+)?(?:quarter|(?:five|ten|twenty|twenty\s?five|\d{{1,2}})(?:\s+minutes)?)\s+(?:past|to)\s+{_HOUR}{_ISH}{_CLOCK_ENDS}|"
    rf""
    rf"\d{{1,2}}(?:[:.]\d{{2}})?\s?(?:am|pm|a\.m\.?|p\.m\.?){_ISH}|\d{{1,2}}:\d{{2}}(?:\s?hrs)?|[0-2]\d[0-5]\d\s?(?:hrs|hours)|(?:(?<=since\s)|(?<=at\s))[0-2]\d[0-5]\d(?!\s*(?:caravan|x))|"
    rf"{_HOUR}\s?o'?\s?clock(?:ish)?)"
)
_BARE_HOUR = rf"{_HOUR}{_ISH}(?![\w:.,]*\d)(?!\s+(?:or|to|of|x|-)\b)"
_ABOUT_ALONE = re.compile(rf"(?:about|abt|around|bout|roughly)\s+{_HOUR}{_ISH}")
_CAME = re.compile(r"(?:came|come|arrived|up|in|here|there|noticed|seen|happened|since|from|at|on)\s*,?\s*$")
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"


def find_seen_at(folded: str, times: Mapping[str, Sequence[str]]) -> list[Span]:
    """When it was first seen: at most one span.

    Words brought in by "since" or "from" come before others, then those beside an arrival, then the longest.
    """
    patterns = _compile(tuple((name, tuple(words)) for name, words in times.items()))
    found = []
    for match in patterns["time"].finditer(folded):
        start, end = _trimmed(folded, match.start(), match.end())
        is_since = bool(patterns["since"].match(folded, start))
        if not is_since and (
            patterns["not_past"].search(folded[max(0, start - 40) : start])
            or patterns["not_before"].match(folded, end)
        ):
            continue
        if _ABOUT_ALONE.fullmatch(folded[start:end]) and not _CAME.search(folded[max(0, start - 30) : start]):
            continue  # "caravans by the lake, about 3" is a count
        near = bool(patterns["arrived"].search(folded[max(0, start - 45) : end + 45]))
        found.append((is_since, near, Span("seen_at", start, end)))
    if not found:
        return []
    return [max(found, key=lambda f: (f[0], f[1], f[2].end - f[2].start, -f[2].start))[2]]


def _trimmed(folded: str, start: int, end: int) -> tuple[int, int]:
    """Without "on", "at", "in" before it and commas behind it."""
    lead = re.match(r"(?:(?:on|at|by|not|oh|in(?!\s+the\b))\s+)+", folded[start:end])
    # "At six" keeps its "at": six alone is no time.
    if lead and not re.fullmatch(_HOUR, folded[start + lead.end() : end].strip(" ,")):
        start += lead.end()
    while end > start and folded[end - 1] in " ,":
        end -= 1
    return start, end


@lru_cache(maxsize=4)
def _compile(times: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, re.Pattern[str]]:
    words = {name: any_of(listed) for name, listed in times}
    return {
        "time": re.compile(_time_pattern(words)),
        "since": re.compile(words["since"]),
        "not_past": re.compile(rf"{words['not_past']}\s*(?:on\s+|at\s+|for\s+|the\s+)?$"),
        "not_before": re.compile(rf"\s+{words['not_before']}"),
        "arrived": re.compile(words["arrived"]),
    }


def _time_pattern(words: dict[str, str]) -> str:
    """One atom after another: "since", "about", a day, a part of it, a clock, in any order people use."""
    day = rf"(?:{words['days']}|{words['short_days']})"
    any_day = rf"(?:{day}|{words['shy_days']})"
    part = words["parts"]
    gone = r"(?:\s+(?:gone|just\s+gone|past|last|week|last\s+week|this\s+week|just))*"
    atom = "|".join([*_day_atoms(words, day, any_day, part, gone), *_span_atoms(words), *_date_atoms(words)])
    lead = rf"(?:(?:{words['since']}|{words['about']}|on|the|all|for|over|last)\s+){{0,4}}"
    join = rf"(?:\s*,)?\s+(?:(?:{words['about']}|on|in\s+the|in|of|at|or|the|@)\s+){{0,4}}"
    bare_clock = (
        rf"(?:{words['since']}|at|around|round\s+about|about|abt|bout|@|just\s+(?:gone|after|before|past)|towards|from)"
        rf"(?:\s+(?:about|abt|around|roughly))?\s+{_BARE_HOUR}(?=\s*(?:[.,;!?)\n]|$|this|last|yesterday|today|in\s+the|on\b|and\b|there|they|to\b))"
    )
    atoms = rf"(?:{atom}|{_CLOCK})"
    tail_clock = rf"(?:\s+(?:about|abt|around|at|round|just\s+after)\s+{_BARE_HOUR}(?=\s|[.,;!?)]|$))"
    head = (
        rf"(?:between\s+{_HOUR}\s+and\s+{_HOUR}\s+|(?:about|abt|around|bout|at|@|since|since\s+about|since\s+abt|from|just\s+after|after|before|just\s+before|just\s+gone|roughly)\s+{_BARE_HOUR}\s+|"
        rf"(?:\d{{1,2}}[.:]\d{{2}}|{_HOUR}{_ISH})\s+(?=(?:this|last|in\s+the|yesterday)\s+))"
    )
    return (
        rf"{NOT_AFTER_WORD}(?:(?:{lead})(?:{head})?(?:{atoms})(?:{join}(?:{atoms})){{0,4}}(?:{tail_clock})?"
        rf"(?:\s+or\s+so|\s?-?ish|\s+early|\s+sometime)?|{bare_clock}(?:{join}(?:{atoms})){{0,4}}|"
        rf"(?:{words['elsewhere']})){NOT_BEFORE_WORD}"
        rf"|(?<=[.,;:!?\n]\s){words['shy_days']}(?=\s*(?:[.,;!?\n]|$))"
        rf"|(?:(?<=came\s)|(?<=arrived\s)|(?<=here\s)|(?<=there\s)|(?<=\sup\s)|(?<=seen\s)){words['shy_days']}{NOT_BEFORE_WORD}"
        rf"|^{words['shy_days']}(?=\s*[.,;!?\n])"
    )


def _day_atoms(words: dict[str, str], day: str, any_day: str, part: str, gone: str) -> list[str]:
    """Days and their parts."""
    with_part = rf"(?:{gone}(?:\s+(?:{part}))+)?{gone}"
    occasion = words["occasions"]
    return [
        r"(?:the\s+)?(?:day\s+before\s+yesterday|night\s+before\s+last|week(?:end)?\s+before\s+last)"
        rf"(?:\s+{part})?",
        r"this\s+time\s+yesterday|back\s+end\s+of\s+last\s+week|start\s+of\s+the\s+week|early\s+doors",
        rf"(?:late\s+|early\s+|{part}\s+)?{words['yesterday']}(?:\s+(?:in\s+(?:the\s+)?)?{part})?",
        rf"{words['today']}(?:\s+{part})?",
        rf"(?:early\s+|late\s+|later\s+)?(?:the\s+)?{words['last']}\s+(?:{part}|{any_day}|week(?:end)?|wk|wknd|wkend|month|fortnight|"
        rf"spring|summer|autumn|winter)(?:\s+week)?{with_part}",
        rf"{day}{with_part}(?:\s+{_ORDINAL}(?:\s+(?:of\s+)?{words['months']})?|\s+\d{{1,2}}\s+{words['months']})?",
        rf"{words['shy_days']}(?:\s+{part})+{gone}|{words['shy_days']}\s+(?:just\s+)?gone|"
        rf"{words['shy_days']}\s+(?:the\s+)?(?:{_ORDINAL}|\d{{1,2}})(?:\s+(?:of\s+)?{words['months']})?",
        rf"(?:{words['since']}|on|last|this|late|early)\s+(?:last\s+|late\s+|early\s+)?{any_day}{with_part}",
        r"just\s+now|right\s+now|(?:the\s+)?other\s+(?:day|night|week|morning|evening)|"
        r"(?:over\s+|at\s+|all\s+)?(?:the\s+)?(?:whole\s+)?week\s?end|(?:over\s+|at\s+|all\s+)?(?:the\s+)?(?:wknd|wkend)|"
        r"all\s+(?:this\s+)?(?:week|month|day)(?!\s+(?:long|night))|earlier(?:\s+(?:on\s+)?(?:today|this\s+\w+)|\s+on)|"
        r"(?:in\s+)?(?:the\s+)?middle\s+of\s+the\s+night|(?:in|through)\s+the\s+night|just\s+this\s+minute|first\s+thing(?:\s+this\s+morning)?",
        rf"(?:at|around|about|since|after|before|by|this|just\s+before|just\s+after)\s+(?:the\s+)?{part}(?!\s+(?:stand|staff|club|run|road))",
        rf"(?:in|during)\s+the\s+(?:early\s+hours|small\s+hours|{part})(?:\s+(?:of\s+)?{any_day})?",
        r"(?:twelve\s+)?(?:midnight|noon|midday)|early\s+hours|daybreak|dawn|first\s+light",
        rf"(?:{words['since']})\s+(?:the\s+)?(?:last\s+)?{occasion}|(?:the\s+)?(?:(?:may|august|easter)\s+)?bank\s+holiday(?:\s+(?:weekend|monday))?|"
        rf"boxing\s+day|christmas\s+(?:day|eve)|new\s+year'?s\s+(?:day|eve)|easter\s+(?:sunday|monday)|(?:mothering|remembrance)\s+sunday|half\s+term\s+monday|bonfire\s+night",
        rf"{words['since']}\s+(?:i\s+(?:got|woke)\s+up|the\s+clocks\s+went\s+back|the\s+clock\s+change|before\s+school|after\s+school|lockdown|(?:the\s+)?show\s+finished)",
        r"(?:before|after|since)\s+school|after\s+tea",
    ]


def _span_atoms(words: dict[str, str]) -> list[str]:
    """Lengths of time: "2 days ago", "for a week now", "since two days"."""
    said = rf"{words['amounts']}(?:\s+(?:or|to)\s+{words['amounts']})?"
    amount = rf"(?:\d{{1,3}}(?:\s*(?:-|to|or)\s*\d{{1,3}})?|{said}|a\s+month\s+of)"
    unit = words["units"]
    length = (
        rf"(?:{amount}\s*(?:odd\s+|good\s+|whole\s+|full\s+)?{unit}|an?\s+(?:hour|week|day)\s+and\s+a\s+half)"
    )
    approx = (
        r"(?:about|around|abt|bout|roughly|nearly|almost|over|some|maybe|approx|at\s+least|"
        r"the\s+(?:last|past)|the|not|only|just)"
    )
    gone_by = (
        r"(?:\s+or\s+(?:so|two|more))?"
        r"\s+(?:ago|back|since|now|running|in\s+a\s+row|on\s+the\s+trot|earlier)(?:\s+now)?"
    )
    return [
        rf"(?:{approx}\s+){{0,3}}{length}{gone_by}",
        rf"(?:{approx}\s+){{0,3}}(?:{words['units']})\s+(?:or\s+(?:so|two)\s+)?ago",
        rf"(?:{words['since']}|for|over)\s+(?:{approx}\s+){{0,3}}{length}(?:\s+or\s+so)?(?:\s+now)?",
        rf"(?:past|last|the\s+(?:past|last))\s+(?:{amount}\s+)?(?:few\s+)?(?!years?\b){unit}",
        rf"(?<=been\s)(?:{approx}\s+){{0,3}}{length}(?:\s+or\s+so)?(?:\s+now)?",
        rf"(?:{approx}\s+){{0,3}}(?!an?\s+day)(?:{amount}\s*)(?:days?|nights?|nites?|dayz|weeks?|wks?|months?|mths?|fortnight)(?:\s+long)?(?!'|\s+(?:of|old|notice|in|a|time|per|holiday))",
        r"(?:a|over\s+a|the\s+last|the\s+past|last)\s+fortnight",
        r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth)\s+(?:day|night|nite|week)(?:\s+running)?",
        r"three\s+weeks\s+last\s+tuesday",
    ]


def _date_atoms(words: dict[str, str]) -> list[str]:
    """Dates: "3rd of November", "the 21st", "03/11", "since march", "a week last Monday"."""
    month, day = words["months"], rf"(?:{words['days']}|{words['short_days']})"
    return [
        rf"(?:the\s+)?{_ORDINAL}\s+(?:of\s+)?(?:{month}|this\s+month|last\s+month)(?:\s+\d{{4}})?|\d{{1,2}}\s+(?:of\s+)?{month}(?:\s+\d{{4}})?",
        rf"{month}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:\s+\d{{4}})?(?!\s+(?:caravan|van|tent))",
        rf"the\s+{_ORDINAL}(?!\s+\w+\s+(?:on|in)\b)(?=\s*(?:[.,;!?)\n]|$|and\b|at\b|they|there|of\b))",
        r"\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d{2}-\d{2}",
        rf"(?:{words['since']})\s+(?:early\s+|late\s+|mid\s+|last\s+|about\s+)?{month}",
        rf"a\s+week\s+(?:last|ago)\s+{day}|{day}\s+week|(?:last\s+)?{day}\s+(?:week|last)",
        rf"(?:\w+\s+weeks\s+last|a\s+week\s+ago\s+on)\s+{day}",
    ]
