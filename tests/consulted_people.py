"""Made-up answers to a consultation: skewed by district and age, from several doors, a few from the police."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.consultations import Consultation, Question, QuestionKind
from flows.events import ResponseGiven
from flows.forms import DONT_KNOW
from staff.consulting.answer_columns import AnswerColumns
from staff.consulting.results import questions_told
from storage.database import Transaction
from storage.responses import CountedResponse, Respondent

BEGUN = datetime(2026, 12, 2, 9, tzinfo=UTC)
DISTRICTS = {
    "north_warwickshire": 5,
    "nuneaton_and_bedworth": 12,
    "rugby": 18,
    "stratford_on_avon": 25,
    "warwick": 40,
}
CHANNELS = {"web": 60, "telegram": 8, "sms": 26, "paper": 6}


def make_answers(consultation: Consultation, count: int, seed: int = 7) -> Iterator[CountedResponse]:
    """Older people and people in the south answer more, and the old like the first option better."""
    lot = random.Random(seed)
    for at in range(count):
        district = _draw(lot, DISTRICTS)
        ages = _ages(consultation)
        age = lot.choices(ages, range(1, len(ages) + 1))[0] if ages else None
        old = ages.index(age) / max(1, len(ages) - 1) if age else 0.5
        answers = {
            q.id: said
            for q in consultation.questions
            if (said := _answer(lot, q, old, consultation)) is not None
        }
        answers[consultation.about.district] = {"district": district}
        if age is not None:
            answers[consultation.about.age_band] = age
        answered = BEGUN + timedelta(minutes=40 * at % 43_200)
        yield CountedResponse(
            id=f"{lot.getrandbits(64):016x}",
            version=1,
            channel=_draw(lot, CHANNELS),
            language="en",
            district=district,
            age_band=age,
            is_police=lot.random() < 0.06 if consultation.about.is_police else None,
            answers=answers,
            orders={},
            text_index=None,
            network_index=None,
            seconds=70,
            entered_by=None,
            answered_at=answered,
            changed_at=answered,
        )


def in_columns(consultation: Consultation, answers: Iterable[CountedResponse]) -> AnswerColumns:
    """As results are made of them."""
    return AnswerColumns.of(answers, questions_told(consultation))


def keep_answers(tx: Transaction, consultation: Consultation, count: int, seed: int = 7) -> None:
    for made in make_answers(consultation, count, seed):
        event = ResponseGiven(
            consultation=consultation.id,
            version=consultation.version,
            answers=made.answers,
            texts={},
            orders={},
            district=made.district,
            age_band=made.age_band,
            is_police=made.is_police,
            language="en",
            seconds=70,
            ticket="",
        )
        tx.responses.give(event, Respondent.on_paper("made", made.id), made.channel, made.answered_at)


def _ages(consultation: Consultation) -> list[str]:
    question = consultation.find_question(consultation.about.age_band)
    return [o.value for o in question.options if not o.value.startswith("under")] if question else []


def _draw(lot: random.Random, of: dict[str, int]) -> str:
    return lot.choices(list(of), list(of.values()))[0]


def _answer(lot: random.Random, question: Question, old: float, consultation: Consultation) -> Any:
    if lot.random() < 0.06:
        return None
    options = [option.value for option in question.options if option.value != DONT_KNOW]
    if lot.random() < 0.04 and options:
        return [DONT_KNOW] if question.kind is QuestionKind.SEVERAL else DONT_KNOW
    leaning = [1 + 3 * old * (at == 0) + at % 2 for at in range(len(options))]
    match question.kind:
        case QuestionKind.SINGLE | QuestionKind.SCALE:
            return lot.choices(options, leaning)[0]
        case QuestionKind.SEVERAL | QuestionKind.RANKING:
            most = min(question.most or len(options), len(options))
            first = lot.choices(options, leaning)[0]
            others = lot.sample([o for o in options if o != first], max(most - 1, 0))
            return [first, *others]
        case QuestionKind.BUDGET:
            total = question.total or 100
            first = 10 * lot.randint(1, 5)
            left = total - first
            shares = [left // (len(options) - 1)] * (len(options) - 1)
            shares[-1] += left - sum(shares)
            return dict(zip(options, [first, *shares], strict=True))
        case QuestionKind.YES_NO:
            return lot.random() < 0.3 + 0.4 * old
        case QuestionKind.RATING | QuestionKind.NUMBER:
            return lot.randint(question.minimum, question.maximum)
        case _:
            return None
