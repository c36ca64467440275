"""What something trained is made from, as one number: another number, another training."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def read_sources(root: Path, paths: Iterable[Path]) -> dict[str, bytes]:
    """The content of each file that is there, by its path below the project's folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def digest(parts: dict[str, bytes]) -> str:
    """SHA-256, in hex, over names and contents, in whatever order they come."""
    whole = hashlib.sha256()
    for name, content in sorted(parts.items()):
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()
