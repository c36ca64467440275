"""How long a text message is in the network's own counting, and how to keep it short.

A text is sent in the GSM 7-bit alphabet where every character is in it, else the whole of it is sent as
UCS-2 at less than half the room: one curly quote turns 160 characters into 70. So the words are folded to
the alphabet first (GSM 03.38, 3GPP TS 23.038 section 6.2.1; lengths of joined messages TS 23.040 9.2.3.24.1).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each takes two places: an escape and the character, never parted."""

_FOLDED_SIGNS = {
    "\t": " ",
    "\u00a0": " ",  # no-break space
    "\u1680": " ",
    "\u202f": " ",
    "\u205f": " ",
    "\u3000": " ",
    "\u2028": "\n",  # line separator
    "\u2029": "\n",  # paragraph separator
    "\u0085": "\n",
    "`": "'",
    "´": "'",
    "ʼ": "'",
    "‘": "'",
    "’": "'",
    "‚": "'",
    "‛": "'",
    "′": "'",
    "‹": "'",
    "›": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "‟": '"',
    "″": '"',
    "«": '"',
    "»": '"',
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
    "…": "...",
    "•": "-",
    "‣": "-",
    "◦": "-",
    "·": "-",
    "×": "x",
    "÷": "/",
    "⁄": "/",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "№": "No",
    "™": "(TM)",
    "©": "(C)",
    "®": "(R)",
} | {chr(code): " " for code in range(0x2000, 0x200B)}  # en, em, thin and hair spaces

# Nobody sees these, and one of them alone makes a text UCS-2. Joiners and direction marks mean something
# among emoji and in right-to-left writing, so they go only where the rest is GSM-7 without them: see fold().
_NEVER_SEEN = frozenset("\u00ad\u200b\u2060\ufeff\u180e")
_JOINERS = frozenset(
    "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufe0e\ufe0f"
)

# Latin letters that Unicode does not decompose into a base and an accent.
_FOLDED_LETTERS = {
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "ħ": "h",
    "Ħ": "H",
    "ı": "i",
    "œ": "oe",
    "Œ": "OE",
    "ŧ": "t",
    "Ŧ": "T",
    "ẞ": "SS",
    "ŋ": "n",
    "Ŋ": "N",
    "ĳ": "ij",
    "Ĳ": "IJ",
}


@dataclass(frozen=True)
class Segments:
    """`encoding` is "GSM-7" or "UCS-2"; `units` septets or UTF-16 code units; `segments` what is paid for."""

    encoding: str
    units: int
    segments: int


def is_gsm7(text: str) -> bool:
    return all(char in GSM_BASIC or char in GSM_EXTENSION for char in text)


def gsm_units(char: str) -> int:
    """Septets of one character of the GSM alphabet."""
    return 2 if char in GSM_EXTENSION else 1


def utf16_units(char: str) -> int:
    """UTF-16 code units of one character: what Telegram and UCS-2 texts count."""
    return 2 if ord(char) > 0xFFFF else 1


def count_segments(text: str) -> Segments:
    """How the network will count this text. Neither an escape pair nor a surrogate pair is cut in two.

    One message holds 160 septets or 70 code units; of several, each holds 153 or 67, the rest being the
    header that joins them. An empty text still costs one.
    """
    if is_gsm7(text):
        return _count(text, "GSM-7", gsm_units, alone=160, joined=153)
    return _count(text, "UCS-2", utf16_units, alone=70, joined=67)


def _count(text: str, encoding: str, units_of: Callable[[str], int], *, alone: int, joined: int) -> Segments:
    sizes = [units_of(char) for char in text]
    total = sum(sizes)
    if total <= alone:
        return Segments(encoding, total, 1)
    segments, used = 1, 0
    for size in sizes:
        if used + size > joined:
            segments, used = segments + 1, 0
        used += size
    return Segments(encoding, total, segments)


def fold(text: str, *, letters: bool = True) -> str:
    """The same words in the GSM alphabet as far as that loses nothing a reader needs.

    Typographic signs become their plain forms and invisible characters go, always. Accents that the
    alphabet lacks (ŵ, ł, é with a háček) are dropped only where that lets the whole text be GSM-7: in a text
    that stays UCS-2 anyway, because of an emoji or another script, a name keeps its letters. With
    `letters=False` they are kept in any case.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    plain = "".join(_FOLDED_SIGNS.get(char, char) for char in text if char not in _NEVER_SEEN)
    if is_gsm7(plain):
        return plain
    without_joiners = "".join(char for char in plain if char not in _JOINERS)
    if is_gsm7(without_joiners):
        return without_joiners
    if letters:
        without_accents = "".join(_base_letter(char) for char in without_joiners)
        if is_gsm7(without_accents):
            return without_accents
    return plain


def _base_letter(char: str) -> str:
    if char in GSM_BASIC:
        return char
    if char in _FOLDED_LETTERS:
        return _FOLDED_LETTERS[char]
    base = unicodedata.normalize("NFD", char)
    if len(base) > 1 and base[0].isascii() and base[0].isalpha():
        return base[0]
    return "" if unicodedata.combining(char) else char


def split_text(text: str, max_units: int, units_of: Callable[[str], int]) -> list[str]:
    """`text` in parts of at most `max_units`, cut where a reader would pause: line, sentence, word.

    Only a word longer than a whole part is cut inside, and then not within an emoji or a letter with its
    accents. Blank space at a cut is dropped; so are parts that would be blank.
    """
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = _furthest(text, start, max_units, units_of)
        if end < len(text):
            end = _pause_before(text, start, end)
        part = text[start:end].strip()
        if part:
            parts.append(part)
        start = end
        while start < len(text) and text[start].isspace():
            start += 1
    return parts


def _furthest(text: str, start: int, max_units: int, units_of: Callable[[str], int]) -> int:
    used = 0
    for index in range(start, len(text)):
        used += units_of(text[index])
        if used > max_units:
            return max(index, start + 1)
    return len(text)


_SENTENCE_END = re.compile(r"[.!?…](?=\s)")


def _pause_before(text: str, start: int, end: int) -> int:
    """The best place to cut within (start, end]; a pause in the first half would waste the part."""
    half = start + (end - start) // 2
    line = text.rfind("\n", half, end + 1)
    if line > half:
        return line
    sentences = [found.end() for found in _SENTENCE_END.finditer(text, half, end + 1) if found.end() <= end]
    if sentences:
        return sentences[-1]
    for pause in (text.rfind(" ", half, end + 1), text.rfind("\n", start, end), text.rfind(" ", start, end)):
        if pause > start:
            return pause
    return _whole_sign_before(text, start, end)


def _whole_sign_before(text: str, start: int, end: int) -> int:
    """The nearest cut at or before `end` that parts no emoji and no letter from its accents."""
    # A run of joined signs longer than this is no writing; cutting it is better than finding no cut.
    for cut in range(end, max(start, end - 40), -1):
        if not _continues(text[cut]) and text[cut - 1] != "\u200d":
            return cut
    return end


def _continues(char: str) -> bool:
    return (
        char == "\u200d"
        or unicodedata.combining(char) != 0
        or "\ufe00" <= char <= "\ufe0f"  # variation selectors
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U0001f1e6" <= char <= "\U0001f1ff"  # the letters flags are made of
    )
