import csv
import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import insert
from storage_samples import NOW, a_conversation, a_report, days_ago, later

from storage.database import Database
from storage.export import export_submissions
from storage.export_files import dictionary_path
from storage.export_shape import ExportField
from storage.spreadsheet import XLSX_CELL_MAX_CHARACTERS, cut_for_xlsx, is_formula, safe_text
from storage.tables import submissions

FIELDS = (
    ExportField("place", "Where is it?", "place"),
    ExportField("caravans", "How many caravans?", "number"),
    ExportField(
        "seen",
        "What do you see?",
        "several_choices",
        "All that apply",
        options=(("waste", "Waste"), ("noise", "Noise")),
    ),
    ExportField("landowner", "Is it your land?", "yes_no"),
    ExportField("seen_at", "First seen", "when"),
    ExportField("photos", "Photos", "photo"),
    ExportField("other", "Anything else?", "text", free_text=True),
    ExportField("contact", "May we keep it?", "consent"),
    ExportField("name", "Your name", "text", personal=True),
    ExportField("phone", "Your number", "phone", personal=True),
)
ALL_COLUMNS = [
    "reference",
    "form",
    "form_version",
    "status",
    "channel",
    "submitted_at",
    "submitted_at_london",
    "district",
    "latitude",
    "longitude",
    "certainty",
    "routed_to",
    "urgent",
    "place",
    "place_name",
    "place_postcode",
    "caravans",
    "seen",
    "landowner",
    "seen_at",
    "seen_at_precision",
    "photos",
    "other",
    "contact",
    "name",
    "phone",
]
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+447700900123",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "   =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    " ＝1",
    "\tplain",
    "-5",
]
HARMLESS = [
    "",
    "plain",
    "6 caravans",
    "a=b",
    "07400 123456",
    "me@example.org",
    "ok\nsecond line",
    "été 👍",
    "'",
]


def report(database: Database, reference: str = "EN-7K3F-2QX", at: datetime = NOW, **different: Any) -> None:
    with database.transaction() as tx:
        tx.submissions.file(a_report(reference, **different), a_conversation(tx), "en", at)
        tx.commit()


def export(database: Database, out: Path, format: str, **asked: Any) -> int:
    return export_submissions(
        database, "encampment", FIELDS, format=format, out=out, who="cli:jo", now=later(60), **asked
    )


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def xlsx_rows(path: Path, sheet: str = "Submissions") -> list[list[Any]]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows = [list(row) for row in book[sheet].iter_rows(values_only=True)]
    book.close()
    return rows


def rows_of(path: Path, format: str) -> list[dict[str, Any]]:
    if format == "csv":
        return list(csv_rows(path))
    if format == "xlsx":
        head, *rows = xlsx_rows(path)
        return [dict(zip(head, row, strict=True)) for row in rows]
    whole = json.loads(path.read_text("utf-8"))
    if format == "json":
        return list(whole["records"])
    return [feature["properties"] for feature in whole["features"]]


formats = pytest.mark.parametrize("format", ["csv", "xlsx", "json", "geojson"])


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_what_a_spreadsheet_could_take_for_a_formula_is_known(text: str) -> None:
    assert is_formula(text)
    assert safe_text(text).startswith("'")


@pytest.mark.parametrize("text", HARMLESS, ids=ascii)
def test_harmless_words_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_characters_that_break_a_file_are_replaced() -> None:
    assert safe_text("a\x00b\x0bc\ud83d") == "a\ufffdb\ufffdc\ufffd"


@pytest.mark.parametrize("text", ["x" * 40_000, "👍" * 20_000, "x" + "👍" * 16_384])
def test_a_text_too_long_for_a_cell_is_cut_and_says_so(text: str) -> None:
    cut = cut_for_xlsx(text)
    assert cut.endswith(" [cut]")
    assert 20_000 < len(cut.encode("utf-16-le")) // 2 <= XLSX_CELL_MAX_CHARACTERS
    assert cut_for_xlsx("x" * XLSX_CELL_MAX_CHARACTERS) == "x" * XLSX_CELL_MAX_CHARACTERS


def test_formulas_of_citizens_arrive_as_text_in_csv(sqlite_database: Database, tmp_path: Path) -> None:
    for number, text in enumerate(FORMULAS):
        words = {"other": text, "place": {"text": text}, "seen": [text, "noise"]}
        report(sqlite_database, f"R{number:02}", answers=words, personal={"name": text})
    out = tmp_path / "out.csv"
    export(sqlite_database, out, "csv", redact="full", reason="test")
    rows = csv_rows(out)
    assert len(rows) == len(FORMULAS)
    for row in rows:
        for column in ("other", "place", "seen", "name"):
            assert row[column].startswith("'"), row
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\x00" not in raw


def test_formulas_of_citizens_arrive_as_text_in_xlsx(sqlite_database: Database, tmp_path: Path) -> None:
    for number, text in enumerate([*FORMULAS, "http://evil.example/", "mailto:x@example.org"]):
        report(sqlite_database, f"R{number:02}", answers={"other": text}, personal={"name": text})
    out = tmp_path / "out.xlsx"
    export(sqlite_database, out, "xlsx", redact="full", reason="test")
    book = openpyxl.load_workbook(out)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), cell.value
                assert cell.hyperlink is None
                assert not (isinstance(cell.value, str) and is_formula(cell.value)), cell.value


def test_semicolons_in_words_make_no_new_cell_where_semicolons_part_cells(
    sqlite_database: Database, tmp_path: Path
) -> None:
    words = "a;=1+1; -2;\t＝3\n+44\r\n @x;b=c"
    report(sqlite_database, answers={"other": words, "seen": ["waste", "noise"]})
    out = tmp_path / "out.csv"
    export(sqlite_database, out, "csv")
    with out.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    assert len(cells) > 8
    assert not any(cell.strip().startswith(tuple("=+-@＝＋－＠")) for cell in cells), cells
    (row,) = csv_rows(out)
    assert row["other"].replace("'", "") == words


@formats
def test_a_report_is_exported_with_every_column(database: Database, tmp_path: Path, format: str) -> None:
    answers = {
        "place": {"text": "the rec off Myton Road", "name": "Myton Road, Warwick"},
        "seen_at": {"text": "my words", "value": "2026-03-28T20:00:00+00:00", "precision": "part"},
        "contact": {"wording": "encampment-contact", "version": 1, "given": True},
        "caravans": 6,
        "seen": ["waste", "noise"],
        "landowner": False,
        "photos": ["id1", "id2"],
        "other": "gate's blocked – “really” 👍",
    }
    report(database, answers=answers)
    out = tmp_path / f"out.{format}"
    assert export(database, out, format, redact="full", reason="handover") == 1
    (row,) = rows_of(out, format)
    assert list(row) == ALL_COLUMNS
    number = str if format == "csv" else (lambda value: value)
    assert row == {
        "reference": "EN-7K3F-2QX",
        "form": "encampment",
        "form_version": number(1),
        "status": "received",
        "channel": "sms",
        "submitted_at": "2026-03-29T00:30:00Z",
        "submitted_at_london": "2026-03-29 00:30:00",
        "district": "warwick",
        "latitude": number(52.28211),
        "longitude": number(-1.56789),
        "certainty": "sure",
        "routed_to": "" if format == "csv" else None,
        "urgent": "no",
        "place": "the rec off Myton Road",
        "place_name": "Myton Road, Warwick",
        "place_postcode": "" if format == "csv" else None,
        "caravans": number(6),
        "seen": "waste; noise",
        "landowner": "no",
        "seen_at": "2026-03-28T20:00:00+00:00",
        "seen_at_precision": "part",
        "photos": number(2),
        "other": "gate's blocked – “really” 👍",
        "contact": "yes",
        "name": "Ada Lovelace",
        "phone": "07700 900123",
    }


@formats
def test_the_standard_level_tells_nothing_personal(
    sqlite_database: Database, tmp_path: Path, format: str
) -> None:
    report(sqlite_database)
    out = tmp_path / f"out.{format}"
    export(sqlite_database, out, format)
    (row,) = rows_of(out, format)
    assert list(row) == ALL_COLUMNS[:-2]
    assert row["latitude"] in (52.28211, "52.28211")
    whole = str(rows_of(out, format)) + (dictionary_path(out).read_text() if format == "csv" else "")
    assert "Lovelace" not in whole
    assert "7700" not in whole


@formats
def test_the_open_level_tells_no_words_and_no_exact_place(
    sqlite_database: Database, tmp_path: Path, format: str
) -> None:
    report(
        sqlite_database, answers={"caravans": 6, "seen": ["waste"], "other": "my words", "place": "my place"}
    )
    out = tmp_path / f"out.{format}"
    export(sqlite_database, out, format, redact="open")
    (row,) = rows_of(out, format)
    assert list(row) == [
        *ALL_COLUMNS[:13],
        "caravans",
        "seen",
        "landowner",
        "seen_at",
        "seen_at_precision",
        "contact",
    ]
    assert (float(row["latitude"]), float(row["longitude"])) == (52.28, -1.57)
    assert row["status"] == "open", "no state tells what is to come"
    if format in ("json", "geojson", "csv"):
        assert "my words" not in out.read_text("utf-8")
        assert "52.282" not in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        ({"text": "the rec", "name": "Myton Road"}, "the rec"),
        ({"text": "", "name": "Myton Road"}, "Myton Road"),
        ({"postcode": "CV34 6PR"}, "CV34 6PR"),
        ({"outside": True}, ""),
    ],
)
def test_a_place_shows_the_best_words_there_are(
    sqlite_database: Database, tmp_path: Path, place: dict[str, Any], cell: str
) -> None:
    report(sqlite_database, answers={"place": place})
    out = tmp_path / "out.csv"
    export(sqlite_database, out, "csv")
    assert csv_rows(out)[0]["place"] == cell


def test_a_geojson_point_has_its_longitude_first(sqlite_database: Database, tmp_path: Path) -> None:
    report(sqlite_database, "R1")
    report(sqlite_database, "R2", latitude=None, longitude=None)
    out = tmp_path / "out.geojson"
    export(sqlite_database, out, "geojson")
    whole = json.loads(out.read_text("utf-8"))
    assert whole["type"] == "FeatureCollection"
    geometries = {feature["id"]: feature["geometry"] for feature in whole["features"]}
    assert geometries == {"R1": {"type": "Point", "coordinates": [-1.56789, 52.28211]}, "R2": None}
    assert all(feature["type"] == "Feature" for feature in whole["features"])


@formats
def test_no_reports_make_a_whole_file_all_the_same(
    sqlite_database: Database, tmp_path: Path, format: str
) -> None:
    out = tmp_path / f"out.{format}"
    assert export(sqlite_database, out, format) == 0
    assert rows_of(out, format) == []


@formats
def test_the_filter_is_used_and_carried_inside(
    sqlite_database: Database, tmp_path: Path, format: str
) -> None:
    report(sqlite_database, "OLD", at=days_ago(3))
    report(sqlite_database, "ELSEWHERE", district="rugby")
    report(sqlite_database, "ASKED")
    out = tmp_path / f"out.{format}"
    asked = {"since": days_ago(1), "until": later(1), "district": "warwick", "reason": "=weekly"}
    assert export(sqlite_database, out, format, **asked) == 1
    assert [row["reference"] for row in rows_of(out, format)] == ["ASKED"]
    if format == "csv":
        with dictionary_path(out).open(encoding="utf-8-sig", newline="") as file:
            about = {row[0]: row[1] for row in csv.reader(file) if len(row) == 2}
    elif format == "xlsx":
        about = {str(row[0]): row[1] for row in xlsx_rows(out, "Export")}
    else:
        about = json.loads(out.read_text("utf-8"))["export"]
    assert about["level"] == "standard"
    assert about["reason"] == ("=weekly" if "json" in format else "'=weekly")
    assert about["district"] == "warwick"
    assert about["since"] == "2026-03-28T00:30:00+00:00"
    assert about["exported_at"] == "2026-03-29T00:31:00+00:00"
    assert about["exported_by"] == "cli:jo"
    assert int(about["count"]) == 1


@formats
def test_a_data_dictionary_goes_with_it(sqlite_database: Database, tmp_path: Path, format: str) -> None:
    out = tmp_path / f"out.{format}"
    export(sqlite_database, out, format)
    if format in ("csv", "xlsx"):
        if format == "csv":
            with dictionary_path(out).open(encoding="utf-8-sig", newline="") as file:
                rows: list[list[Any]] = list(csv.reader(file))
        else:
            assert openpyxl.load_workbook(out).sheetnames[1] == "Dictionary"
            rows = xlsx_rows(out, "Dictionary")
        assert rows[0] == ["column", "title", "kind", "description", "value", "label"]
        described = {row[0] for row in rows[1:] if len(row) == 6 and row[1]}
        assert [row[4:] for row in rows if row[:1] == ["seen"] and row[4]] == [
            ["waste", "Waste"],
            ["noise", "Noise"],
        ]
    else:
        dictionary = json.loads(out.read_text("utf-8"))["dictionary"]
        described = {column["column"] for column in dictionary}
        (seen,) = [column for column in dictionary if column["column"] == "seen"]
        assert seen["values"][0] == {"value": "waste", "label": "Waste"}
    assert described == set(ALL_COLUMNS[:-2])


def test_every_export_is_in_the_audit(database: Database, tmp_path: Path) -> None:
    report(database)
    export(database, tmp_path / "a.csv", "csv", redact="full", reason="handover", district="warwick")
    with database.reading() as tx:
        (line,) = tx.audit.latest(10)
        assert tx.audit.verify_chain() is None
    assert (line.actor, line.action, line.subject) == ("cli:jo", "export", "submissions:encampment")
    assert line.detail["level"] == "full"
    assert line.detail["reason"] == "handover"
    assert line.detail["district"] == "warwick"
    assert (line.detail["count"], line.detail["format"]) == (1, "csv")
    assert "Lovelace" not in str(line.detail)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"redact": "full"}, "needs a reason"),
        ({"redact": "full", "reason": "  "}, "needs a reason"),
        ({"redact": "most"}, "most"),
        ({"format": "pdf"}, "pdf"),
    ],
)
def test_an_export_nobody_may_have_leaves_nothing(
    sqlite_database: Database, tmp_path: Path, asked: dict[str, str], words: str
) -> None:
    asked = {"format": "csv"} | asked
    with pytest.raises(ValueError, match=words):
        export(sqlite_database, tmp_path / "out.csv", **asked)
    assert not list(tmp_path.glob("*.csv"))
    with sqlite_database.reading() as tx:
        assert tx.audit.latest(1) == []


@formats
def test_an_export_that_breaks_leaves_the_last_one_in_place(
    sqlite_database: Database, tmp_path: Path, format: str
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    out = folder / f"out.{format}"
    report(sqlite_database, "R1")
    export(sqlite_database, out, format)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    report(sqlite_database, "R2")
    with sqlite_database.transaction() as tx:
        tx.connection.execute(submissions.update().values(personal=b"damaged"))
        tx.commit()
    with pytest.raises(Exception, match="sealed"):
        export(sqlite_database, out, format)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_its_line_is_in_the_audit_before_a_word_is_written(database: Database, tmp_path: Path) -> None:
    out = tmp_path / "not_there" / "out.csv"
    report(database)
    with pytest.raises(FileNotFoundError):
        export(database, out, "csv", redact="full", reason="handover")
    with database.reading() as tx:
        (line,) = tx.audit.latest(10)
    assert (line.subject, line.detail["reason"], line.detail["count"]) == (
        "submissions:encampment",
        "handover",
        1,
    )


def test_an_export_can_be_read_by_its_owner_alone(sqlite_database: Database, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    export(sqlite_database, out, "csv")
    assert out.stat().st_mode & 0o777 == 0o600


def many(number: int) -> Iterator[dict[str, Any]]:
    for n in range(number):
        yield {
            "id": f"{n:036}",
            "reference": f"R{n}",
            "form": "encampment",
            "form_version": 1,
            "status": "received",
            "channel": "web",
            "language": "en",
            "answers": {"other": f"words {n} " * 20, "caravans": n},
            "submitted_at": datetime(2026, 1, 1, tzinfo=UTC),
            "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        }


@pytest.mark.slow
@formats
def test_six_times_the_reports_need_no_more_memory(
    sqlite_database: Database, tmp_path: Path, format: str
) -> None:
    out = tmp_path / f"out.{format}"
    few, many_more = (
        _peak_of_reading(sqlite_database, number, lambda: export(sqlite_database, out, format))
        for number in (500, 3_000)
    )
    assert out.stat().st_size > 100_000
    assert many_more < few * 1.5 + 1_000_000


@pytest.mark.slow
def test_reports_are_read_a_few_at_a_time(database: Database) -> None:
    def read() -> int:
        with database.reading() as tx:
            return sum(1 for _ in tx.submissions.stream("encampment"))

    few, many_more = (_peak_of_reading(database, number, read) for number in (500, 3_000))
    assert many_more < few * 1.5 + 500_000


def _peak_of_reading(database: Database, number: int, read: Callable[[], int]) -> int:
    with database.transaction() as tx:
        tx.connection.execute(submissions.delete())
        tx.connection.execute(insert(submissions), list(many(number)))
        tx.commit()
    gc.collect()
    tracemalloc.start()
    assert read() == number
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
