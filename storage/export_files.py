"""The four kinds of file, each written row by row with its data dictionary and what it was asked for."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, ClassVar

import xlsxwriter

from storage.database import Database
from storage.drafts import written_whole
from storage.export_shape import ExportField, ExportFormat, ExportRequest
from storage.spreadsheet import cut_for_xlsx, safe_cell, safe_csv_cell

XLSX_MAX_ROWS = 1_048_576


def _dictionary(columns: Sequence[ExportField]) -> list[dict[str, Any]]:
    return [
        {
            "column": column.id,
            "title": column.title,
            "kind": column.kind,
            "description": column.description,
            "values": [{"value": value, "label": label} for value, label in column.options],
        }
        for column in columns
    ]


def _dictionary_rows(columns: Sequence[ExportField]) -> list[list[object]]:
    """The dictionary as a table: a line per column, and one per value under it."""
    rows: list[list[object]] = [["column", "title", "kind", "description", "value", "label"]]
    for column in columns:
        rows.append([column.id, column.title, column.kind, column.description, "", ""])
        rows.extend([column.id, "", "", "", value, label] for value, label in column.options)
    return rows


class Writer(ABC):
    """Writes one export; `add` once a row, `finish` once at the end."""

    def __init__(self, request: ExportRequest, columns: Sequence[ExportField], drafts: list[Path]) -> None:
        self.request = request
        self.columns = columns
        self.drafts = drafts

    def __enter__(self) -> "Writer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def start(self) -> None: ...
    @abstractmethod
    def add(self, record: dict[str, Any]) -> None: ...
    @abstractmethod
    def finish(self, count: int) -> None: ...
    @abstractmethod
    def close(self) -> None: ...


class _CsvWriter(Writer):
    def start(self) -> None:
        # With a byte order mark, without which Excel reads UTF-8 as something else.
        self.file = self.drafts[0].open("w", encoding="utf-8-sig", newline="")
        self.rows = csv.writer(self.file, quoting=csv.QUOTE_NONNUMERIC)
        self.rows.writerow([safe_csv_cell(column.id) for column in self.columns])

    def add(self, record: dict[str, Any]) -> None:
        self.rows.writerow([safe_csv_cell(record[column.id]) for column in self.columns])

    def finish(self, count: int) -> None:
        with self.drafts[1].open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
            for row in (*_dictionary_rows(self.columns), [], *_about_rows(self.request, count)):
                rows.writerow([safe_csv_cell(cell) for cell in row])

    def close(self) -> None:
        self.file.close()


class _XlsxWriter(Writer):
    def start(self) -> None:
        self.book = xlsxwriter.Workbook(
            str(self.drafts[0]),
            # Rows go to disk at once; words stay words.
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": str(self.drafts[0].parent),
            },
        )
        self.sheet = self.book.add_worksheet("Submissions")
        self.next_row = 0
        self._write_row(self.sheet, [column.id for column in self.columns])

    def add(self, record: dict[str, Any]) -> None:
        self._write_row(self.sheet, [record[column.id] for column in self.columns])

    def finish(self, count: int) -> None:
        for name, rows in (
            ("Dictionary", _dictionary_rows(self.columns)),
            ("Export", _about_rows(self.request, count)),
        ):
            sheet = self.book.add_worksheet(name)
            self.next_row = 0
            for row in rows:
                self._write_row(sheet, row)

    def close(self) -> None:
        self.book.close()

    def _write_row(self, sheet: Any, values: Sequence[object]) -> None:
        if self.next_row >= XLSX_MAX_ROWS:
            raise ValueError("more rows than an Excel sheet can hold; export a shorter time, or csv")
        for number, value in enumerate(values):
            if isinstance(value, int | float):
                sheet.write_number(self.next_row, number, value)
            elif value is not None:
                sheet.write_string(self.next_row, number, cut_for_xlsx(str(safe_cell(str(value)))))
        self.next_row += 1


class _JsonWriter(Writer):
    OPENING: ClassVar[dict[str, Any]] = {}
    RECORDS = "records"

    def start(self) -> None:
        self.file: IO[str] = self.drafts[0].open("w", encoding="utf-8")
        head = json.dumps(self.OPENING | {"dictionary": _dictionary(self.columns)}, ensure_ascii=True)
        self.file.write(f'{head[:-1]}, "{self.RECORDS}": [')
        self.separator = "\n"

    def add(self, record: dict[str, Any]) -> None:
        self.file.write(self.separator + json.dumps(self.shaped(record), ensure_ascii=True))
        self.separator = ",\n"

    def finish(self, count: int) -> None:
        about = self.request.described() | {"count": count}
        self.file.write(f'\n], "export": {json.dumps(about, ensure_ascii=True)}}}\n')

    def close(self) -> None:
        self.file.close()

    def shaped(self, record: dict[str, Any]) -> dict[str, Any]:
        return record


class _GeoJsonWriter(_JsonWriter):
    """RFC 7946; a submission without a place is a feature without a geometry."""

    OPENING: ClassVar[dict[str, Any]] = {"type": "FeatureCollection"}
    RECORDS = "features"

    def shaped(self, record: dict[str, Any]) -> dict[str, Any]:
        latitude, longitude = record["latitude"], record["longitude"]
        located = latitude is not None and longitude is not None
        return {
            "type": "Feature",
            "id": record["reference"],
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]} if located else None,
            "properties": record,
        }


def _about_rows(request: ExportRequest, count: int) -> list[list[object]]:
    about = request.described() | {"count": count}
    return [[name, value] for name, value in about.items()]


WRITERS: Mapping[ExportFormat, type[Writer]] = {
    ExportFormat.CSV: _CsvWriter,
    ExportFormat.XLSX: _XlsxWriter,
    ExportFormat.JSON: _JsonWriter,
    ExportFormat.GEOJSON: _GeoJsonWriter,
}


def write_export(
    database: Database,
    request: ExportRequest,
    subject: str,
    columns: Sequence[ExportField],
    records: Iterable[dict[str, Any]],
    count: int,
    out: Path,
) -> None:
    """All `count` records, once their line is in the audit: nothing is written down anywhere without one.

    A file is complete or not there. CSV gets its data dictionary in a second file beside it (`dictionary_path`).
    """
    detail = request.described() | {"format": request.format, "count": count}
    database.run_blocking(
        lambda tx: tx.audit.append(request.who, "export", subject, detail, request.exported_at)
    )
    finals = [out, dictionary_path(out)] if request.format is ExportFormat.CSV else [out]
    with written_whole(finals) as drafts, WRITERS[request.format](request, columns, drafts) as writer:
        for record in records:
            writer.add(record)
        writer.finish(count)


def dictionary_path(out: Path) -> Path:
    """Where the data dictionary of a CSV export lies."""
    return out.with_name(f"{out.stem}.dictionary.csv")
