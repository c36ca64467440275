"""What is asked is what staff opened: a file changed since is not asked until they open it as a new version.

So nobody is asked one thing and counted under another, and nobody in the middle of a consultation is thrown out of
it by a slip in its file. Dates are the file's: a closing day may be put off.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError

from flows.consultations import Consultation, compile_form, questionnaire_hash
from flows.content import Content
from flows.forms import Form
from storage.consultations import OpenedConsultation

DATES = ("opens", "closes", "decision_on")


def find_changed(content: Content, opened: Iterable[OpenedConsultation]) -> tuple[str, ...]:
    """The open ones of which the file says something else now, or is gone."""
    return tuple(
        each.consultation
        for each in opened
        if each.closed_at is None and not is_as_opened(content.consultations.get(each.consultation), each)
    )


def is_as_opened(file: Consultation | None, opened: OpenedConsultation) -> bool:
    return (
        file is not None
        and file.version == opened.version
        and questionnaire_hash(file) == opened.questionnaire_hash
    )


def read_opened(opened: OpenedConsultation) -> Consultation:
    """The questionnaire on record. Raises ValueError where it was kept by a version with other kinds of question."""
    try:
        return Consultation.model_validate(opened.questionnaire)
    except ValidationError as error:
        raise ValueError(f"{opened.consultation}: kept in a form this version does not read") from error


def ask_as_opened(
    content: Content, opened: Iterable[OpenedConsultation], earlier: Iterable[OpenedConsultation] = ()
) -> Content:
    """The content with every open consultation as it was opened; one that cannot be read any more is not asked.

    `earlier` are their versions before: who was in the middle of one keeps the answers that still fit.
    """
    before = dict(_forms_of(earlier))
    content = content if before == content.earlier else replace(content, earlier=before)
    opened = list(opened)
    changed = set(find_changed(content, opened))
    consultations, forms, words = dict(content.consultations), dict(content.forms), {}
    for each in opened:
        if each.consultation not in changed:
            continue
        file = consultations.pop(each.consultation, None)
        if file is not None:
            forms.pop(compile_form(file).id, None)
        try:
            asked = read_opened(each)
        except ValueError:
            continue
        if file is not None:
            asked = asked.model_copy(update={name: getattr(file, name) for name in DATES})
        form = compile_form(asked)
        consultations[asked.id], forms[form.id], words[form.id] = asked, form, asked.spoken()
    if not changed:
        return content
    return replace(content, consultations=consultations, forms=forms, texts=content.texts.with_forms(words))


def _forms_of(versions: Iterable[OpenedConsultation]) -> Iterator[tuple[tuple[str, int], Form]]:
    for each in versions:
        with suppress(ValueError):
            form = compile_form(read_opened(each))
            yield (form.id, each.version), form
