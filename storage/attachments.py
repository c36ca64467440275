"""What is known of kept photos; the files themselves lie in the data folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, update

from storage.rows import insert_if_new
from storage.tables import attachments


@dataclass(frozen=True)
class Attachment:
    """`path` is relative to the data folder; `bytes`, `width` and `height` are of the file as kept."""

    id: str
    conversation_id: str | None
    submission_id: str | None
    content_type: str
    bytes: int
    width: int
    height: int
    sha256: str
    path: str
    created_at: datetime


class Attachments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        conversation_id: str,
        content_type: str,
        bytes: int,
        width: int,
        height: int,
        sha256: str,
        path: str,
        now: datetime,
        id: str | None = None,
    ) -> str | None:
        """Returns the id: the one given (a file may be named after it) or a new one.

        None where a photo of that id is kept already, also by somebody who was quicker in the same moment.
        """
        id = id or str(uuid4())
        values = {
            "id": id,
            "conversation_id": conversation_id,
            "submission_id": None,
            "content_type": content_type,
            "bytes": bytes,
            "width": width,
            "height": height,
            "sha256": sha256,
            "path": path,
            "created_at": now,
        }
        kept: str | None = insert_if_new(
            self._connection, attachments, values, attachments.c.id, unique=("id",)
        )
        return kept

    def find(self, id: str) -> Attachment | None:
        row = self._connection.execute(select(attachments).where(attachments.c.id == id)).one_or_none()
        return _from_row(row) if row is not None else None

    def for_submission(self, submission_id: str) -> list[Attachment]:
        query = select(attachments).where(attachments.c.submission_id == submission_id)
        query = query.order_by(attachments.c.created_at, attachments.c.id)
        return [_from_row(row) for row in self._connection.execute(query)]

    def count_of(self, conversation_ids: Sequence[str]) -> int:
        """How many photos came through these conversations and are still kept."""
        query = select(func.count()).where(attachments.c.conversation_id.in_(conversation_ids))
        return int(self._connection.execute(query).scalar_one())

    def replace_file(
        self, id: str, was: str, path: str, bytes: int, width: int, height: int, sha256: str
    ) -> bool:
        """Let another file take the place of the one at `was`; False where that is not its file any more."""
        ours = attachments.c.id == id, attachments.c.path == was
        values = {"path": path, "bytes": bytes, "width": width, "height": height, "sha256": sha256}
        return self._connection.execute(update(attachments).where(*ours).values(values)).rowcount == 1

    def paths(self) -> set[str]:
        """Of every file that a row names."""
        return set(self._connection.execute(select(attachments.c.path)).scalars())

    def delete(self, id: str) -> str | None:
        """Forget an unfiled photo; returns the path of its file. None where it is filed or unknown."""
        gone = delete(attachments).where(attachments.c.id == id, attachments.c.submission_id.is_(None))
        path: str | None = self._connection.execute(gone.returning(attachments.c.path)).scalar_one_or_none()
        return path


def _from_row(row: Row[Any]) -> Attachment:
    return Attachment(**row._mapping)
