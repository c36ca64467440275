"""What staff read and publish of a consultation: results, ledger, who is missing; and who is told of it.

Everything is reckoned anew from the record each time, but for figures that were published: those are told once
(result_told.py). No sealed words are opened for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from flows.consultations import Consultation, compile_form
from flows.content import Content
from flows.county import LONDON, DistrictsFile
from flows.messages import Reply
from flows.office import QuietHours
from flows.yaml_lines import read_yaml
from staff.act import check_name
from staff.consulting.answer_columns import AnswerColumns
from staff.consulting.asked import read_opened
from staff.consulting.census import Census, CensusFileError, load_census, read_census_file
from staff.consulting.flood_marks import flagged
from staff.consulting.gunning import Answered, GunningLedger, load_periods, make_ledger
from staff.consulting.missing import Missing, find_missing
from staff.consulting.open_data import write_open_data
from staff.consulting.operations import ConsultationDesk
from staff.consulting.other_versions import find_other_versions, results_path
from staff.consulting.representativeness import load_reach
from staff.consulting.result_tables import in_tens
from staff.consulting.result_told import THEMES, TOLD, keep_told, read_themes, read_told, tell_same
from staff.consulting.result_values import Results
from staff.consulting.results import make_results, questions_told
from staff.consulting.said_by_theme import name_themes
from staff.consulting.weighing import find_people
from staff.errors import StaffError
from staff.small_numbers import Shown
from storage.counted_answers import count_public_by_version, read_answers, read_arrivals
from storage.database import Database, Transaction
from storage.ledger import LedgerEntry

T = TypeVar("T")
NEWS = "update"
TOLD_AT_ONCE = 200
STILL_OPEN = (
    "{id} can still be answered. Its figures are told once, when it is closed: from two sets of them anybody could "
    "work out what the few said who came between. Type in what came on paper, then `frontdoor consultation close {id}`."
)
NOT_PUBLISHED = (
    "The results of {id} are not published. Open data tells what the page does: take it with --publish."
)


@dataclass(frozen=True)
class Figures:
    """Results, and how many spoke of each theme. `closed`: nothing is answered any more; `told`: as published."""

    results: Results
    themes: Mapping[str, Shown]
    closed: bool
    told: bool

    def check_may_leave(self) -> None:
        """Raises StaffError where these figures are not to be told to anybody outside."""
        if not (self.closed or self.told):
            raise StaffError(STILL_OPEN.format(id=self.results.consultation.id))


class ConsultationFindings:
    """`county` is the folder with census.yml and the rest; `districts` are names by id."""

    def __init__(
        self, database: Database, content: Content, county: Path, districts: Mapping[str, str]
    ) -> None:
        self._database = database
        self._content = content
        self._county = county
        self._districts = districts
        self._desk = ConsultationDesk(database, content)

    def results(self, id: str, *, version: int | None = None, census: Path | None = None) -> Figures:
        """Of the version opened last, or of `version`: as they were published, or else reckoned anew.

        Raises StaffError.
        """
        with self._database.reading() as tx:
            asked = self._asked(tx, id, version)
            page = tx.published_results.last(id, asked.version)
            told = read_told(page.tables) if page is not None else None
            if told is not None and census is not None:
                raise StaffError("These figures are published, and stay as they are: leave --census out.")
            people = self._census(census)
            answers = AnswerColumns.read(read_answers(tx, id, asked.version), questions_told(asked))
            public = {
                id for id, who in zip(answers.ids, answers.who, strict=True) if who.is_police is not True
            }
            themes = name_themes(tx, asked, public, read_themes(page.tables) if page is not None else None)
            results = make_results(
                asked,
                answers,
                find_people(asked, people),
                self._districts,
                entries=_by_code(tx.ledger.entries(id), themes.stands_for),
                themes=themes.said,
                flagged=flagged(tx, id),
                others=find_other_versions(tx, asked),
            )
            closed = self._desk.get_opened(tx, id).closed_at is not None
        if told is not None:
            results = tell_same(results, told)
        return Figures(results, themes.many, closed, told is not None)

    def publish(self, id: str, figures: Figures, page: str, *, actor: str, now: datetime) -> str:
        """Keep the page as the one that everybody sees; returns its path. Raises StaffError."""
        figures.check_may_leave()
        told = keep_told(figures.results)

        def keep(tx: Transaction, who: str) -> str:
            version = figures.results.consultation.version
            before = tx.published_results.last(id, version)
            if before is not None and before.tables.get(TOLD, told) != told:
                raise StaffError("Somebody else published it in this moment. Do it again.")
            kept = {TOLD: told, THEMES: dict(figures.themes), "version": version}
            entry = tx.published_results.add(id, page, kept, who, now)
            detail = {"entry": entry, "version": version}
            tx.audit.append(who, "consultation.published", f"consultation:{id}", detail, now)
            is_newest = self._desk.get_opened(tx, id).version == version
            return results_path(id, None if is_newest else version)

        return self._do(actor, keep)

    def write_open_data(self, figures: Figures, folder: Path) -> tuple[Path, ...]:
        """Of figures that are published; as `write_open_data`. Raises StaffError."""
        asked = figures.results.consultation
        figures.check_may_leave()
        with self._database.reading() as tx:
            page = tx.published_results.last(asked.id, asked.version)
        if page is None or page.tables.get(TOLD) != keep_told(figures.results):
            raise StaffError(NOT_PUBLISHED.format(id=asked.id))
        return write_open_data(figures.results, folder)

    def tell(self, id: str, *, public_url: str, quiet: QuietHours, actor: str, now: datetime) -> int:
        """Promise everybody who asked for it the link, once; returns how many. Raises StaffError."""
        if not public_url:
            raise StaffError("Where is the front door? Set PUBLIC_URL, so that people get a link.")
        who = check_name(actor, "Who acts")
        with self._database.reading() as tx:
            asked = self._asked(tx, id)
            if (
                self._desk.get_opened(tx, id).closed_at is None
                and now.astimezone(LONDON).date() <= asked.closes
            ):
                raise StaffError(
                    f"{id} is open until {asked.closes:%d/%m/%Y}. People are told once: do it when it has closed."
                )
            if tx.published_results.last(id, asked.version) is None:
                raise StaffError(
                    f"Publish the results first: `frontdoor consultation results {id} --publish`."
                )
            wanting = tx.results_wanted.conversations(id)
        label = compile_form(asked).label
        link = f"{public_url.rstrip('/')}{results_path(id)}"

        def promise(tx: Transaction, some: Sequence[str]) -> int:
            told = 0
            for conversation in some:
                kept = tx.conversations.find_by_id(conversation)
                if not tx.results_wanted.drop(id, conversation) or kept is None:
                    continue
                language = kept.conversation.language
                title = self._content.title_of(label, language) or asked.title
                said = self._content.texts.say("survey.results", language, title=title, link=link)
                reply = Reply(said.text, sms=said.sms).to_kept()
                key = f"results-{id}-{conversation}"
                told += tx.pushes.add(key, conversation, NEWS, reply, quiet.next_allowed(now), now)
            return told

        detail = {"conversations": len(wanting)}
        self._database.run_blocking(
            lambda tx: tx.audit.append(who, "consultation.told", f"consultation:{id}", detail, now)
        )
        # Few at a time: residents' messages wait for each transaction. Broken off, it goes on when it is done again.
        lots = (wanting[at : at + TOLD_AT_ONCE] for at in range(0, len(wanting), TOLD_AT_ONCE))
        return sum(self._database.run_blocking(promise, lot) for lot in lots)

    def missing(self, id: str, *, census: Path | None = None, now: datetime) -> Missing:
        """Raises StaffError."""
        people = self._census(census)
        with self._database.reading() as tx:
            asked = self._asked(tx, id)
            rows = tx.equality.rows(id) if people.knows_sex else ()
            return find_missing(
                asked,
                read_arrivals(tx, id),
                find_people(asked, people),
                load_reach(self._county),
                self._districts,
                now,
                equality=rows,
            )

    def ledger(self, id: str, *, version: int | None = None) -> GunningLedger:
        """With the days of all its versions, or those of `version` alone. Raises StaffError."""
        with self._database.reading() as tx:
            asked = self._asked(tx, id, version, of_all=version is None)
            themes = name_themes(tx, asked, ())
            page = tx.published_results.last(id, asked.version)
            told = read_told(page.tables) if page is not None else None
            many = count_public_by_version(tx, id).get(asked.version, 0)
            return make_ledger(
                asked,
                tx.consultations.versions(id),
                Answered(in_tens(many)) if told is None else Answered.of(told),
                _by_code(tx.ledger.entries(id), themes.stands_for),
                page,
                load_periods(self._county),
                themes=themes.said,
                others=find_other_versions(tx, asked),
            )

    def _asked(
        self, tx: Transaction, id: str, version: int | None = None, *, of_all: bool = False
    ) -> Consultation:
        """The version opened last, or `version`, on the days it was asked; `of_all`: on those of every version.

        Its last day is put off in the file, of an earlier version as its file was when it was opened. No version was
        asked before staff opened it, or after they closed it. Raises StaffError.
        """
        newest = self._desk.get_opened(tx, id)
        versions = tx.consultations.versions(id)
        opened = next((each for each in versions if each.version == (version or newest.version)), None)
        if opened is None:
            there = ", ".join(str(each.version) for each in versions)
            raise StaffError(f"{id} has no version {version} that was opened. There are: {there}.")
        try:
            asked = read_opened(opened)
        except ValueError as error:
            raise StaffError(
                f"{id} was opened by another version of this program and cannot be read."
            ) from error
        file = self._content.consultations.get(id, asked)
        dates = file if opened.version == newest.version else asked
        first = min(each.opened_at for each in (versions if of_all else [opened]))
        opens, closes = max(dates.opens, first.astimezone(LONDON).date()), dates.closes
        if opened.closed_at is not None:
            closes = min(closes, opened.closed_at.astimezone(LONDON).date())
        return asked.model_copy(
            update={"opens": opens, "closes": max(opens, closes), "decision_on": file.decision_on}
        )

    def _census(self, file: Path | None) -> Census:
        if file is None:
            return load_census(self._county)
        districts = DistrictsFile.model_validate(read_yaml(self._county / "districts.yml")).districts
        codes = {district.code: district.id for district in districts}
        try:
            return read_census_file(file, codes)
        except (CensusFileError, OSError) as error:
            raise StaffError(f"{file}: {error}") from error

    def _do(self, actor: str, work: Callable[[Transaction, str], T]) -> T:
        who = check_name(actor, "Who acts")
        return self._database.run_blocking(work, who)


def _by_code(entries: Sequence[LedgerEntry], stands_for: Mapping[str, tuple[str, ...]]) -> list[LedgerEntry]:
    """The entries with what they name as name_themes has it: by question and code."""

    def named(entry: LedgerEntry) -> list[str]:
        return list(
            dict.fromkeys(key for t in entry.data["themes"] for key in stands_for.get(str(t), (str(t),)))
        )

    return [replace(e, data={**e.data, "themes": named(e)}) if e.data.get("themes") else e for e in entries]
