"""Watch schemes: one YAML file each in county/schemes/, put into every form that asks about them.

In a form, `options: schemes` stands for an option per scheme, and the word `schemes` among the fields for the
schemes' own questions, each asked only of who chose its scheme. So a new scheme is one file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.forms import FormField
from flows.texts import Wording
from flows.yaml_lines import read_yaml

MARK = "schemes"
# By the youngest age of a scheme: with which answers to `age` it is open.
OPEN_TO = {16: None, 18: ["adult"]}


class Scheme(BaseModel):
    """A scheme people can join. `label` is what a message means that joins it; `title` its button.

    `name` and `sms` are what it is called in lists, `also` other words for it, `keywords` whole messages that join
    it. `fields` are its own questions beside those every scheme asks; a field `<id>_role` tells what part
    somebody takes. `told` is said once somebody has joined. `order` is its place in lists.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9]*$", max_length=20)
    order: int = 100
    label: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    title: str = Field(min_length=1, max_length=32)
    name: str = Field(min_length=1, max_length=40)
    sms: str = Field(min_length=1, max_length=20)
    also: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    age_from: Literal[16, 18] = 16
    told: Wording | None = None
    fields: tuple[FormField, ...] = ()

    def as_option(self) -> dict[str, Any]:
        option: dict[str, Any] = {
            "value": self.id,
            "label": self.name,
            "sms": self.sms,
            "also": list(self.also),
        }
        if OPEN_TO[self.age_from]:
            option["when"] = {"age": OPEN_TO[self.age_from]}
            option["otherwise"] = {"text": f"{self.name} is for people aged {self.age_from} or over."}
        return option


def load_schemes(folder: Path) -> tuple[Scheme, ...]:
    """Every scheme of a folder, in the order of their lists. Raises pydantic.ValidationError."""
    schemes = [Scheme.model_validate(read_yaml(path)) for path in sorted(folder.glob("*.yml"))]
    return tuple(sorted(schemes, key=lambda scheme: (scheme.order, scheme.id)))


def put_schemes(raw: Any, schemes: Sequence[Scheme]) -> Any:
    """A form's YAML value with the schemes put where it names them; any other value as it is."""
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), list):
        return raw
    fields: list[Any] = []
    asks = False
    for field in raw["fields"]:
        if field == MARK:
            fields += [_of_scheme(own, scheme.id) for scheme in schemes for own in scheme.fields]
            asks = True
        elif isinstance(field, dict) and field.get("options") == MARK:
            has_age = any(isinstance(f, dict) and f.get("id") == "age" for f in fields)
            options = [scheme.as_option() for scheme in schemes]
            if not has_age:
                options = [{k: v for k, v in o.items() if k not in ("when", "otherwise")} for o in options]
            fields.append({**field, "options": options})
        else:
            fields.append(field)
    starts = raw.get("starts", {})
    if asks:
        starts = {**starts, **{scheme.label: _start(scheme) for scheme in schemes}}
    return {**raw, "fields": fields, **({"starts": starts} if starts else {})}


def _start(scheme: Scheme) -> dict[str, Any]:
    return {"title": scheme.title, "keywords": list(scheme.keywords), "answers": {MARK: [scheme.id]}}


def _of_scheme(field: FormField, scheme: str) -> dict[str, Any]:
    raw = field.model_dump(mode="json", exclude_unset=True)
    return {**raw, "when": {MARK: [scheme], **raw.get("when", {})}}
