"""The published figures as open data: a CSV for each table, a dictionary, and metadata that programs read.

The metadata follow the W3C's CSV on the Web (w3.org/TR/tabular-metadata). A count that is hidden is an empty cell, and
the column beside it says why; what is hidden here is what is hidden on the page, since both are written from the same
results.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staff.consulting.intervals import Estimate
from staff.consulting.other_versions import say_other_version
from staff.consulting.result_values import Line, Measure, QuestionResult, Results
from staff.errors import StaffError
from staff.small_numbers import Hidden, Shown
from storage.drafts import written_whole
from storage.spreadsheet import safe_csv_cell

LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
Cell = str | int | float | None
AVERAGE = "average"


@dataclass(frozen=True)
class Column:
    name: str
    datatype: str
    says: str


@dataclass(frozen=True)
class DataTable:
    """One file; the cells of a row are in the order of the columns."""

    file: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


QUESTION = Column("question", "string", "Id of the question")
OPTION = Column(
    "option",
    "string",
    "Id of the answer; dont_know and the like had none, total is all asked, average is of a scale or number",
)
LABEL = Column("label", "string", "The answer in words")
COUNT = Column("answers", "integer", "How many of the public; empty where it is hidden")
WHY = Column(
    "hidden",
    "string",
    "Why the count is empty: fewer than 10, or not shown so that no total gives a small one away",
)


def list_tables(results: Results) -> tuple[DataTable, ...]:
    id = results.consultation.id + (f"_v{results.consultation.version}" if results.others else "")
    return (
        DataTable(
            f"{id}_questions.csv",
            "The questions, in their words",
            (
                QUESTION,
                Column("title", "string", "Short name"),
                Column("words", "string", "What was asked"),
                Column("kind", "string", "single, several, scale, rating, number, yes_no, ranking or budget"),
                Column(
                    "measure",
                    "string",
                    "What figures are: a share of those who answered, an amount, or points",
                ),
            ),
            tuple((q.id, q.title, q.ask, q.kind.value, q.measure.value) for q in results.questions),
        ),
        DataTable(
            f"{id}_answers.csv",
            "Answers of the public: counted and weighted, with margins of error (95 in 100)",
            (
                QUESTION,
                OPTION,
                LABEL,
                COUNT,
                WHY,
                *_figure_columns("counted", "as counted"),
                *_figure_columns("weighted", "weighted to be like the people who live here"),
                Column(
                    "design_effect", "number", "Kish's, of the weights of those who answered the question"
                ),
            ),
            tuple(
                (
                    q.id,
                    line.id,
                    line.label,
                    *_count(line.count),
                    *_figure(line.plain, line.id, q),
                    *_figure(line.weighted, line.id, q),
                    round(q.design_effect, 2) if line.weighted else None,
                )
                for q in results.questions
                for line in (*q.lines, *q.rest, q.total, *_averages(q))
            ),
        ),
        DataTable(
            f"{id}_by_group.csv",
            "The same counts by door, without what staff flagged, and of people who work for the police",
            (
                QUESTION,
                OPTION,
                Column("group", "string", "A door; without_flagged; or police, who are in no other count"),
                COUNT,
                WHY,
            ),
            tuple(
                (q.id, line.id, group, *_count(count))
                for q in results.questions
                for line in (*q.lines, *q.rest, q.total)
                for group, count in _groups(line, results)
            ),
        ),
        DataTable(
            f"{id}_who.csv",
            "Who answered, beside the people who live here",
            (
                Column("by", "string", "district or age"),
                Column("group", "string", "The district or band of age"),
                COUNT,
                WHY,
                Column("people_share", "number", "Share of the people asked (Census 2021), 0 to 1"),
            ),
            tuple(
                (by, line.label, *_count(line.count), round(line.people, 4))
                for by, lines in (("district", results.districts), ("age", results.ages))
                for line in lines
            ),
        ),
    )


def write_open_data(results: Results, folder: Path) -> tuple[Path, ...]:
    """Every table, dictionary.csv and metadata.json; all of them or none. Raises StaffError."""
    tables = list_tables(results)
    paths = [folder / table.file for table in tables]
    paths += [folder / "dictionary.csv", folder / "metadata.json"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(paths) as drafts:
            for table, draft in zip(tables, drafts, strict=False):
                _write(draft, [column.name for column in table.columns], table.rows)
            _write(drafts[-2], ("file", "column", "datatype", "meaning"), _dictionary(tables))
            drafts[-1].write_text(
                json.dumps(_metadata(results, tables), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
            )
        for path in paths:
            path.chmod(0o644)
    except OSError as error:
        raise StaffError(f"{folder} cannot be written: {error.strerror}.") from error
    return tuple(paths)


def _figure_columns(name: str, says: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_value", "number", f"The figure {says}: a share from 0 to 1, an amount, or points"),
        Column(f"{name}_low", "number", "Where it lies at least"),
        Column(f"{name}_high", "number", "Where it lies at most"),
    )


def _figure(figure: Estimate | None, line: str, question: QuestionResult) -> tuple[Cell, ...]:
    # Whole per cents and tenths, as on the page: more places would give hidden counts away.
    if figure is None:
        return (None, None, None)
    places = 2 if question.measure is Measure.SHARE and line != AVERAGE else 1
    return tuple(round(value, places) for value in (figure.value, figure.low, figure.high))


def _averages(question: QuestionResult) -> Iterator[Line]:
    if question.mean is not None:
        yield Line(AVERAGE, "Average", Hidden.OTHER, question.mean.plain, question.mean.weighted)


def _count(count: Shown) -> tuple[Cell, Cell]:
    return (None, count.value) if isinstance(count, Hidden) else (count, None)


def _groups(line: Line, results: Results) -> Iterator[tuple[str, Shown]]:
    yield from zip(results.doors, line.doors, strict=False)
    if line.without_flagged is not None:
        yield "without_flagged", line.without_flagged
    if line.police is not None:
        yield "police", line.police


def _dictionary(tables: Sequence[DataTable]) -> list[tuple[Cell, ...]]:
    return [
        (table.file, column.name, column.datatype, column.says)
        for table in tables
        for column in table.columns
    ]


def _metadata(results: Results, tables: Sequence[DataTable]) -> Mapping[str, Any]:
    asked = results.consultation
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": f"{asked.title}: what people said",
        "dc:description": " ".join(
            (
                f"Version {asked.version} of the questions.",
                *filter(None, map(say_other_version, results.others)),
            )
        ),
        "dc:publisher": asked.owner,
        "dc:license": {"@id": LICENCE},
        "tables": [
            {
                "url": table.file,
                "dc:title": table.title,
                "tableSchema": {
                    "columns": [
                        {"name": c.name, "titles": c.name, "datatype": c.datatype, "dc:description": c.says}
                        for c in table.columns
                    ]
                },
            }
            for table in tables
        ],
    }


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows([safe_csv_cell("" if cell is None else cell) for cell in row] for row in rows)
