"""People's codes over the themes of free answers: a codebook that remembers, who coded what and when, and what counts.

The machine's themes (themes.py) are a proposal. As soon as a person has coded an answer, the person's codes count.
How far two coders agree is in agreement.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class CodingError(Exception):
    """The codebook does not allow it; the text says what does."""


@dataclass(frozen=True)
class Code:
    """A theme as people mean it. `themes` are ids of the machine's it was made of; `made_of` the code it was split
    from, "" for none. A code that was merged or split is kept, so that what was coded by it can be read for ever."""

    id: str
    name: str
    meaning: str
    made_by: str
    made_at: datetime
    themes: tuple[str, ...] = ()
    made_of: str = ""
    merged_into: str = ""
    split_into: tuple[str, ...] = ()
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True)
class Codebook:
    """Every code there ever was, in the order they were made; each change gives a new codebook."""

    codes: tuple[Code, ...] = ()

    def get(self, id: str) -> Code:
        """Raises CodingError."""
        found = next((code for code in self.codes if code.id == id), None)
        if found is None:
            raise CodingError(f'There is no code "{id}". There are: {self._list_open()}.')
        return found

    def list_open(self) -> list[Code]:
        """Codes that answers can be given."""
        return [code for code in self.codes if code.is_open]

    def add(self, code: Code) -> "Codebook":
        """Raises CodingError where its id or name is taken."""
        if not code.id or not code.name.strip() or not code.meaning.strip():
            raise CodingError("A code needs an id, a name, and one sentence that says what belongs to it.")
        for other in self.codes:
            same_name = other.is_open and other.name.casefold() == code.name.casefold()
            if other.id == code.id or same_name:
                raise CodingError(
                    f'There is a code "{other.id}" ({other.name}) already; choose another name.'
                )
        return Codebook((*self.codes, code))

    def rename(self, id: str, name: str, meaning: str = "") -> "Codebook":
        """Other words for the same; what it means stays where no new meaning is given. Raises CodingError."""
        code = self._get_open(id)
        if not name.strip():
            raise CodingError("A code needs a name.")
        for other in self.list_open():
            if other.id != id and other.name.casefold() == name.casefold():
                raise CodingError(
                    f'There is a code "{other.id}" ({other.name}) already; choose another name.'
                )
        return self._put(replace(code, name=name, meaning=meaning or code.meaning))

    def merge(self, id: str, *, into: str, by: str, now: datetime) -> "Codebook":
        """Answers coded by `id` count as coded `into` from now on. Raises CodingError."""
        merged, kept = self._get_open(id), self._get_open(into)
        if merged.id == kept.id:
            raise CodingError(f'"{id}" cannot be merged into itself; name two codes.')
        themes = tuple(dict.fromkeys((*kept.themes, *merged.themes)))
        return self._put(replace(merged, merged_into=into, closed_by=by, closed_at=now))._put(
            replace(kept, themes=themes)
        )

    def split(self, id: str, parts: Iterable[Code], *, by: str, now: datetime) -> "Codebook":
        """The new codes stand for it; which answer gets which a person says (`find_to_code_again`).

        Raises CodingError.
        """
        parts = list(parts)
        closed = self._get_open(id)
        if len(parts) < 2:
            raise CodingError(f'Splitting "{id}" needs two new codes at least.')
        book = self._put(
            replace(closed, split_into=tuple(part.id for part in parts), closed_by=by, closed_at=now)
        )
        for part in parts:
            book = book.add(replace(part, made_of=id))
        return book

    def follow(self, id: str) -> Code:
        """The code it counts as today: what it was merged into. It may have been split since."""
        code = self.get(id)
        while (
            code.merged_into
        ):  # no circle: only open codes are merged into, and a merged one is open no more
            code = self.get(code.merged_into)
        return code

    def _get_open(self, id: str) -> Code:
        code = self.get(id)
        if not code.is_open:
            raise CodingError(f'"{id}" was merged or split before. There are: {self._list_open()}.')
        return code

    def _put(self, code: Code) -> "Codebook":
        return Codebook(tuple(code if other.id == code.id else other for other in self.codes))

    def _list_open(self) -> str:
        return ", ".join(code.id for code in self.list_open()) or "none yet"


@dataclass(frozen=True)
class Assignment:
    """What a coder says an answer speaks of; no codes at all is a judgement too. `settles`: two coders differed,
    and this was agreed."""

    answer: str
    codes: frozenset[str]
    coder: str
    at: datetime
    settles: bool = False


class Standing(StrEnum):
    """Who an answer's codes are from."""

    PROPOSED = "proposed"  # by the machine alone
    CODED = "coded"  # by one person
    AGREED = "agreed"  # by two or more, alike
    DISPUTED = "disputed"  # by two or more who differ: to be settled
    SETTLED = "settled"


@dataclass(frozen=True)
class Coded:
    """An answer's codes as they count. Of a disputed answer only those that all its coders gave."""

    codes: frozenset[str]
    standing: Standing


@dataclass(frozen=True)
class Dispute:
    """Two coders or more who differ over an answer; `codes` is who -> what they said."""

    answer: str
    codes: Mapping[str, frozenset[str]]


def find_latest(book: Codebook, assignments: Iterable[Assignment]) -> dict[str, dict[str, Assignment]]:
    """Answer -> coder -> what they last said, with codes as they count today."""
    latest: dict[str, dict[str, Assignment]] = {}
    for given in sorted(assignments, key=lambda one: one.at):
        codes = frozenset(book.follow(id).id for id in given.codes)
        latest.setdefault(given.answer, {})[given.coder] = replace(given, codes=codes)
    return latest


def find_codes(
    book: Codebook, assignments: Iterable[Assignment], proposed: Mapping[str, Iterable[str]]
) -> dict[str, Coded]:
    """What counts for every answer. `proposed` is answer -> ids of the machine's themes (`Themes`).

    A theme that no open code was made of proposes nothing.
    """
    by_theme: dict[str, set[str]] = {}
    for code in book.list_open():
        for theme in code.themes:
            by_theme.setdefault(theme, set()).add(code.id)
    found = {
        answer: Coded(frozenset(id for theme in themes for id in by_theme.get(theme, ())), Standing.PROPOSED)
        for answer, themes in proposed.items()
    }
    found.update((answer, _weigh(given)) for answer, given in find_latest(book, assignments).items())
    return found


def find_disputes(book: Codebook, assignments: Iterable[Assignment]) -> list[Dispute]:
    """Answers over which coders differ and nobody has settled since, in order of their ids."""
    return [
        Dispute(answer, {coder: one.codes for coder, one in sorted(given.items())})
        for answer, given in sorted(find_latest(book, assignments).items())
        if _weigh(given).standing is Standing.DISPUTED
    ]


def find_to_code_again(book: Codebook, assignments: Iterable[Assignment]) -> list[str]:
    """Answers whose codes were split since, in order."""
    return sorted(
        answer
        for answer, given in find_latest(book, assignments).items()
        if any(book.get(id).split_into for one in given.values() for id in one.codes)
    )


def _weigh(given: Mapping[str, Assignment]) -> Coded:
    settled = [one for one in given.values() if one.settles]
    if settled:
        last = max(settled, key=lambda one: one.at)
        # Whoever codes after it was settled opens it again.
        if all(one.at <= last.at for one in given.values()):
            return Coded(last.codes, Standing.SETTLED)
    said = [one.codes for one in given.values()]
    if len(said) == 1:
        return Coded(said[0], Standing.CODED)
    if len(set(said)) == 1:
        return Coded(said[0], Standing.AGREED)
    return Coded(frozenset.intersection(*said), Standing.DISPUTED)
