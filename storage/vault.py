"""Sealing what identifies people, and finding it again without opening it.

Every sealed value is bound to its place ("messages.body:<row id>"), so that a value copied into another
row or column does not open. Look-up goes through a keyed hash under a key of its own: equal texts give
equal hashes, and the hash tells nothing without the key.
"""

import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import SealBroken, SecretKeyError

logger = logging.getLogger(__name__)

SECRET_MIN_CHARACTERS = 32
DEMO_KEY_FILE = "demo_secret.key"
FORMAT = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12  # NIST SP 800-38D recommends 96 bits for GCM


@dataclass(frozen=True)
class _Keys:
    id: bytes
    sealing: AESGCM
    index: bytes


class Vault:
    """Seals with `secret`; also opens what one of `previous` sealed, so that a key can be changed."""

    def __init__(self, secret: str, previous: tuple[str, ...] = ()) -> None:
        self._keys = tuple(_derive(s) for s in (secret, *previous))
        self._by_id = {keys.id: keys for keys in reversed(self._keys)}

    def seal(self, data: bytes | str, place: str) -> bytes:
        """Layout: format (1 byte), key id (4), nonce (12), ciphertext with tag."""
        keys = self._keys[0]
        # Half an emoji is still something a resident sent: keep lone surrogates rather than fail.
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + keys.id + nonce + keys.sealing.encrypt(nonce, raw, place.encode())

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """Raises SealBroken."""
        head = len(FORMAT) + KEY_ID_BYTES
        keys = self._by_id.get(bytes(sealed[len(FORMAT) : head]))
        if bytes(sealed[: len(FORMAT)]) != FORMAT or keys is None:
            raise SealBroken(f"sealed with a key this service does not have, at {place}")
        nonce, ciphertext = sealed[head : head + NONCE_BYTES], sealed[head + NONCE_BYTES :]
        try:
            return keys.sealing.decrypt(bytes(nonce), bytes(ciphertext), place.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"changed or moved since it was sealed, at {place}") from error

    def open_text(self, sealed: bytes, place: str) -> str:
        """Raises SealBroken."""
        return self.open_bytes(sealed, place).decode("utf-8", "surrogatepass")

    def index(self, kind: str, text: str) -> str:
        """Keyed hash (64 hex characters) to write beside a sealed value. `kind` keeps uses apart."""
        return _index(self._keys[0].index, kind, text)

    def indexes(self, kind: str, text: str) -> tuple[str, ...]:
        """The hashes to look for: under the present key first, then under earlier ones."""
        return tuple(_index(keys.index, kind, text) for keys in self._keys)


def _derive(secret: str) -> _Keys:
    return _Keys(
        id=_hkdf(secret, "frontdoor key id", KEY_ID_BYTES),
        sealing=AESGCM(_hkdf(secret, "frontdoor sealing", 32)),
        index=_hkdf(secret, "frontdoor index", 32),
    )


def _hkdf(secret: str, purpose: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose.encode()).derive(secret.encode())


def _index(key: bytes, kind: str, text: str) -> str:
    message = kind.encode() + b"\x00" + text.encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def load_secret(environ: Mapping[str, str], data_folder: Path) -> tuple[str, bool]:
    """The secret, and whether it is only the demo one made for this machine.

    Raises SecretKeyError where SECRET_KEY is set but too short to protect anything.
    """
    secret = environ.get("SECRET_KEY", "").strip()
    if not secret:
        logger.warning(
            "SECRET_KEY is not set: using a demo key kept beside the data. Set SECRET_KEY before real use."
        )
        return _demo_secret(data_folder), True
    if len(secret) < SECRET_MIN_CHARACTERS:
        raise SecretKeyError(
            f"SECRET_KEY has {len(secret)} characters; it needs at least {SECRET_MIN_CHARACTERS}. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return secret, False


def load_vault(environ: Mapping[str, str], data_folder: Path) -> tuple[Vault, bool]:
    """The vault for `load_secret`; what the demo key sealed earlier still opens once SECRET_KEY is set."""
    secret, is_demo = load_secret(environ, data_folder)
    demo_file = data_folder / DEMO_KEY_FILE
    if is_demo or not demo_file.exists():
        return Vault(secret), is_demo
    return Vault(secret, previous=(_demo_secret(data_folder),)), is_demo


def _demo_secret(data_folder: Path) -> str:
    """Read the demo key, made on first use. Two processes that start at once end up with the same one."""
    data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    final = data_folder / DEMO_KEY_FILE
    if not final.exists():
        # Written whole under another name, then linked: nobody can read a half-written key, and the
        # link of the second process fails instead of replacing the key of the first.
        draft = data_folder / f".{DEMO_KEY_FILE}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, final)
        finally:
            draft.unlink()
    if final.stat().st_mode & 0o077:
        logger.warning("the demo key file could be read by others; its mode is now 600")
        final.chmod(0o600)
    secret = final.read_text(encoding="ascii").strip()
    if len(secret) < SECRET_MIN_CHARACTERS:
        raise SecretKeyError(f"the demo key file {final} is damaged; restore it, or set SECRET_KEY")
    return secret
