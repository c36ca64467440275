"""Small invented consultations, and content that has them."""

from dataclasses import replace
from datetime import date
from typing import Any

from flows.consultations import Consultation, compile_form
from flows.content import Content


def a_consultation(**different: Any) -> Consultation:
    """A few short questions of several kinds, open in November 2026."""
    values: dict[str, Any] = {
        "id": "parks",
        "version": 1,
        "title": "Safer parks",
        "thing": "your answers about parks",
        "keywords": ["safer parks"],
        "opens": date(2026, 10, 1),
        "closes": date(2026, 12, 31),
        "decision_on": date(2027, 2, 1),
        "audience": "Everybody",
        "anonymity": "pseudonymous",
        "owner": "The office",
        "intro": {"text": "A few questions about parks.", "sms": "A few questions about parks."},
        "about": {"district": "home", "age_band": "age", "is_police": "police"},
        "ends": [
            {
                "when": {"age": "under_16"},
                "forget": True,
                "say": {"text": "Thank you, I kept nothing.", "sms": "Thank you, I kept nothing."},
            }
        ],
        "questions": [
            {"id": "home", "kind": "place", "title": "Home", "ask": "Where do you live?"},
            {
                "id": "age",
                "kind": "single",
                "title": "Age",
                "ask": "How old are you?",
                "dont_know": False,
                "options": [
                    {"value": "under_16", "label": "Under 16", "ages": [5, 15]},
                    {"value": "from_16", "label": "16 or over", "ages": [16, 120]},
                ],
            },
            {"id": "police", "kind": "yes_no", "title": "Police", "ask": "Do you work for the police?"},
            {
                "id": "first",
                "kind": "several",
                "title": "First",
                "ask": "What should come first?",
                "most": 2,
                "required": True,
                "options": [
                    {"value": "lights", "label": "More lights"},
                    {"value": "patrols", "label": "More patrols"},
                    {"value": "paths", "label": "Better paths"},
                ],
            },
            {"id": "why", "kind": "long_text", "title": "Why", "ask": "Why is that?"},
        ],
    }
    return Consultation.model_validate(values | different)


def with_consultations(content: Content, *consultations: Consultation) -> Content:
    """The content with these consultations and no others."""
    others = {id: form for id, form in content.forms.items() if not form.consultation}
    return replace(
        content,
        consultations={c.id: c for c in consultations},
        forms=others | {form.id: form for form in map(compile_form, consultations)},
    )
