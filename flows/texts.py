"""Every sentence the service itself says, by key and language; forms carry their own."""

from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.words import WordLists, Words
from flows.yaml_lines import read_yaml

SOURCE_LANGUAGE = "en"
LANGUAGES_FILE = "languages.yml"  # beside the languages' own files


class Wording(BaseModel):
    """One sentence: for screens, and for texts where a shorter one is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    sms: str = ""

    def placeholders(self) -> set[str]:
        return _names(self.text) | _names(self.sms)


class FieldWordings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    ask: str = ""
    sms: str = ""
    why: str = ""
    options: dict[str, str] = {}
    options_sms: dict[str, str] = {}  # shorter, for texts
    alone: Wording | None = None
    otherwise: dict[str, Wording] = {}
    notes: dict[str, Wording] = {}


class FormWordings(BaseModel):
    """The words of one form in another language, by field id; the form file itself holds English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    thing: str = ""
    intro: Wording | None = None
    done: Wording | None = None
    refused: Wording | None = None
    ends: tuple[Wording, ...] = ()  # in the order of the form's own
    apart: tuple[Wording, ...] = ()  # likewise
    fields: dict[str, FieldWordings] = {}


class TextFile(BaseModel):
    """texts/<language>.yml. `reviewed_by` is null until a native speaker has read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    name: str
    reviewed_by: str | None
    words: WordLists = WordLists()
    texts: dict[str, Wording]
    forms: dict[str, FormWordings] = {}

    @model_validator(mode="before")
    @classmethod
    def _plain_strings(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("texts"), dict):
            texts = {k: {"text": v} if isinstance(v, str) else v for k, v in data["texts"].items()}
            return {**data, "texts": texts}
        return data


class OtherLanguage(BaseModel):
    """One language of texts/languages.yml; `reviewed_by` is None until a native speaker has read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    names: tuple[str, ...] = Field(min_length=1)
    reviewed_by: str | None
    offer: Wording
    not_yet: Wording

    @property
    def keyword(self) -> str:
        """What texters send to switch."""
        return self.names[0].upper()


class LanguagesFile(BaseModel):
    """texts/languages.yml, by ISO 639-1 code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    languages: dict[str, OtherLanguage]


@dataclass(frozen=True)
class Said:
    """A sentence filled in: for screens and for SMS (the same where no shorter one is kept)."""

    text: str
    sms: str

    def __add__(self, other: "Said") -> "Said":
        return Said(f"{self.text}\n\n{other.text}".strip(), f"{self.sms} {other.sms}".strip())


class Texts:
    """The catalogue: a language's sentence, or the source language's where it has none."""

    def __init__(self, files: dict[str, TextFile]) -> None:
        self._files = files
        english = files[SOURCE_LANGUAGE].words
        self._words = {code: Words.of(file.words, english) for code, file in files.items()}

    @classmethod
    def load(cls, folder: Path, languages: tuple[str, ...] = (SOURCE_LANGUAGE,)) -> "Texts":
        """Reads texts/<language>.yml of each language. Raises FileNotFoundError or pydantic.ValidationError."""
        return cls({code: TextFile.model_validate(read_yaml(folder / f"{code}.yml")) for code in languages})

    def with_forms(self, words: dict[str, dict[str, FormWordings]]) -> "Texts":
        """The same with the words of more forms: by form, then by language."""
        files = {}
        for code, file in self._files.items():
            more = {form: spoken[code] for form, spoken in words.items() if code in spoken}
            files[code] = file.model_copy(update={"forms": file.forms | more}) if more else file
        return Texts(files)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._files)

    def file(self, language: str) -> TextFile:
        return self._files.get(language, self._files[SOURCE_LANGUAGE])

    def say(self, key: str, language: str, **values: Any) -> Said:
        """Raises KeyError for a key no language has: a fault of ours that the tests find."""
        wording = self.file(language).texts.get(key) or self._files[SOURCE_LANGUAGE].texts[key]
        return fill(wording, values)

    def raw(self, key: str, language: str) -> str:
        """The sentence with its {names} still in it."""
        wording = self.file(language).texts.get(key) or self._files[SOURCE_LANGUAGE].texts[key]
        return wording.text.strip()

    def has(self, key: str) -> bool:
        return key in self._files[SOURCE_LANGUAGE].texts

    def words(self, language: str) -> Words:
        """What a citizen may say without any model, in this language and in English."""
        return self._words.get(language, self._words[SOURCE_LANGUAGE])

    def form(self, form: str, language: str) -> FormWordings:
        return self.file(language).forms.get(form, FormWordings())


def fill(wording: Wording, values: dict[str, Any]) -> Said:
    """The wording with its {names} filled in."""
    text = wording.text.strip().format(**values)
    return Said(text, (wording.sms.strip() or wording.text.strip()).format(**values))


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
