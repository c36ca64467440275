"""What the service's own sentences cost as text messages, by language: letters outside GSM-7 double it."""

from dataclasses import dataclass

from bot.segments import count_segments, fold
from flows.content import Content

# Not sent by SMS, or parts of other sentences.
NOT_SENT = ("button.", "label.", "topic.", "place.pin", "word.")
LONGEST = 20


@dataclass(frozen=True)
class LanguageCost:
    """`ucs2` of `texts` need UCS-2; `mean` and `most` are segments a text, `dearest` the key of the dearest."""

    language: str
    reviewed_by: str | None
    texts: int
    ucs2: int
    mean: float
    most: int
    dearest: str


def cost_of(content: Content, language: str) -> LanguageCost:
    """Counts each sentence with values of LONGEST letters, and each form's first words and questions."""
    said = _sentences(content, language)
    counted = {key: count_segments(fold(text)) for key, text in said.items()}
    dearest = max(counted, key=lambda key: counted[key].segments)
    return LanguageCost(
        language=language,
        reviewed_by=content.texts.file(language).reviewed_by,
        texts=len(counted),
        ucs2=sum(c.encoding == "UCS-2" for c in counted.values()),
        mean=sum(c.segments for c in counted.values()) / len(counted),
        most=counted[dearest].segments,
        dearest=dearest,
    )


def _sentences(content: Content, language: str) -> dict[str, str]:
    texts = content.texts
    said: dict[str, str] = {}
    for key, wording in texts.file(texts.languages[0]).texts.items():
        if not key.startswith(NOT_SENT):
            said[key] = texts.say(key, language, **dict.fromkeys(wording.placeholders(), "x" * LONGEST)).sms
    for form in content.forms.values():
        words = texts.form(form.id, language)
        intro = words.intro or form.intro
        said[f"{form.id}.intro"] = intro.sms or intro.text
        for field in form.fields:
            own = words.fields.get(field.id)
            asked = (own.sms or own.ask) if own is not None else ""
            said[f"{form.id}.{field.id}"] = asked or field.sms or field.ask
    return said
