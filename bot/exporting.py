"""A form described for its export: what each column is, and which hold words or personal data."""

from datetime import UTC, datetime

from flows.forms import Form, FormField, Kind
from flows.times import LONDON
from storage.export_shape import ExportField


def export_fields(form: Form) -> list[ExportField]:
    """The columns of a form's answers, in the form's order."""
    return [_field(field) for field in form.fields]


def london(moment: datetime | None) -> datetime | None:
    """A time typed without a zone means London; returned as aware UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(UTC)


def _field(field: FormField) -> ExportField:
    return ExportField(
        field.id,
        field.title,
        field.kind.value,
        field.description or field.title,
        personal=field.personal,
        free_text=field.kind in (Kind.TEXT, Kind.PLACE),
        options=tuple((o.value, o.label) for o in field.options),
    )
