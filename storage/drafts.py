"""Files that are complete or not there."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def written_whole(finals: Sequence[Path]) -> Iterator[list[Path]]:
    """Empty drafts to write to, for the eyes of their owner alone; put in place of `finals` where all went well."""
    drafts = [final.with_name(f".{final.name}.{uuid4().hex}") for final in finals]
    try:
        for draft in drafts:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield drafts
        for draft, final in zip(drafts, finals, strict=True):
            draft.replace(final)
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
