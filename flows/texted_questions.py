"""Questions as text messages, and what a whole answer by text costs: for `frontdoor check`."""

from flows.buttons import answer_payload
from flows.forms import Form, FormField, Kind
from flows.messages import Button, Reply
from flows.turn import is_sms_letter

# A whole answer by text: what the office pays for one person (issue: six questions in 14 segments).
MOST_SEGMENTS = 14
# Words before, between and after the questions: the dates, which is the last, the receipt; the second in letters beyond
# the plain ones. Both as counted in whole surveys played by text, where they came to that or one less.
_FRAME, _FRAME_IN_OTHER_LETTERS = 3, 6


def as_text(field: FormField) -> str:
    """A question as one text message."""
    options = [o.sms or o.label for o in field.options]
    asked = field.sms or field.ask
    if field.kind is Kind.BUDGET:
        asked, options = "\n".join([asked, *(f"{n} {o}" for n, o in enumerate(options, 1))]), []
    if field.kind is Kind.YES_NO:
        options = ["Yes", "No"]
    buttons = [Button(label, answer_payload(1, str(at))) for at, label in enumerate(options)]
    skip = [] if field.required else [Button("Skip", "1:c:skip", "SKIP")]
    return Reply(asked, (*buttons, *skip), asked).to_sms()


def count_whole_answer(form: Form) -> int:
    """About how many segments go out to somebody who answers every question by text, from keyword to receipt."""
    first = form.intro.sms or form.intro.text
    asked = [as_text(field) for field in form.fields]
    frame = _FRAME if _is_plain(first) else _FRAME_IN_OTHER_LETTERS
    return frame + sum(map(_segments, [first, *asked]))


def _is_plain(text: str) -> bool:
    return all(map(is_sms_letter, text))


def _segments(text: str) -> int:
    alone, joined = (160, 153) if _is_plain(text) else (70, 67)
    return 1 if len(text) <= alone else -(-len(text) // joined)
