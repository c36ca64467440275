"""Who writes to us, through which door, and where each conversation stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from flows.conversation import Conversation
from storage.errors import VersionConflict
from storage.rows import insert_if_new
from storage.tables import conversations, handles, people
from storage.vault import Vault

# Built once: putting a statement together costs more than running it.
WITH_WHOM = select(conversations, handles.c.person_id, handles.c.address).join(
    handles, handles.c.id == conversations.c.handle_id
)
FIND = WITH_WHOM.where(conversations.c.conversation_key == bindparam("key"))
SAVE = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("kept_id"),
        conversations.c.version == bindparam("expected_version"),
    )
    .values(state=bindparam("new_state"), version=conversations.c.version + 1, updated_at=bindparam("now"))
)


@dataclass(frozen=True)
class KeptConversation:
    """A conversation with who it is with. `version` goes back into `save`."""

    id: str
    handle_id: str
    person_id: str
    channel: str
    address: str
    conversation: Conversation
    version: int
    conversation_key: str


def conversation_key(vault: Vault, channel: str, address: str) -> str:
    """The name of a conversation in plain columns: tells the channel, and nothing of the address."""
    return conversation_keys(vault, channel, address)[0]


def conversation_keys(vault: Vault, channel: str, address: str) -> tuple[str, ...]:
    """The present name first, then those under earlier secret keys."""
    return tuple(f"{channel}:{index[:40]}" for index in vault.indexes("conversation", f"{channel}:{address}"))


class Conversations:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def open(self, channel: str, address: str, conversation_key: str, now: datetime) -> KeptConversation:
        """The conversation with this address, begun now where there is none."""
        kept = self.find(conversation_key)
        if kept is not None:
            return kept
        handle_id = self._handle(channel, address, now)
        self._begin(handle_id, channel, conversation_key, now)
        kept = self.find(conversation_key)
        if kept is None:
            raise RuntimeError(f"conversation of handle {handle_id} could not be begun")
        return kept

    def find(self, conversation_key: str) -> KeptConversation | None:
        row = self._connection.execute(FIND, {"key": conversation_key}).one_or_none()
        return self._from_row(row) if row is not None else None

    def find_by_id(self, id: str) -> KeptConversation | None:
        row = self._connection.execute(WITH_WHOM.where(conversations.c.id == id)).one_or_none()
        return self._from_row(row) if row is not None else None

    def find_all(self, ids: Collection[str]) -> list[KeptConversation]:
        """Those of these that there are still, in no order."""
        rows = self._connection.execute(WITH_WHOM.where(conversations.c.id.in_(ids)))
        return [self._from_row(row) for row in rows]

    def of_person(self, person_id: str) -> list[KeptConversation]:
        """Those of all doors joined to one person, the one last used first."""
        query = WITH_WHOM.where(handles.c.person_id == person_id)
        query = query.order_by(conversations.c.updated_at.desc(), conversations.c.id)
        return [self._from_row(row) for row in self._connection.execute(query)]

    def save(self, id: str, conversation: Conversation, expected_version: int, now: datetime) -> None:
        """Raises VersionConflict where another turn saved first; its turn stands and ours is redone."""
        values = {
            "kept_id": id,
            "expected_version": expected_version,
            "new_state": self._vault.seal(conversation.to_json(), f"conversations.state:{id}"),
            "now": now,
        }
        saved = self._connection.execute(SAVE, values)
        if saved.rowcount != 1:
            raise VersionConflict(f"conversation {id}, version {expected_version}")

    def _handle(self, channel: str, address: str, now: datetime) -> str:
        kind, text = "handles.address", f"{channel}:{address}"
        known = select(handles.c.id).where(
            handles.c.channel == channel, handles.c.address_index.in_(self._vault.indexes(kind, text))
        )
        found = self._connection.execute(known).scalars().first()
        if found is not None:
            return str(found)
        person_id, handle_id = str(uuid4()), str(uuid4())
        self._connection.execute(insert(people).values(id=person_id, created_at=now))
        values = {
            "id": handle_id,
            "person_id": person_id,
            "channel": channel,
            "address": self._vault.seal(address, f"handles.address:{handle_id}"),
            "address_index": self._vault.index(kind, text),
            "created_at": now,
        }
        unique = ("channel", "address_index")
        if insert_if_new(self._connection, handles, values, handles.c.id, unique=unique) is not None:
            return handle_id
        # Another process met this address in the same instant; its person is the one.
        self._connection.execute(delete(people).where(people.c.id == person_id))
        return str(self._connection.execute(known).scalars().one())

    def _begin(self, handle_id: str, channel: str, conversation_key: str, now: datetime) -> None:
        # After a change of SECRET_KEY the same handle comes with a new key: it is the same conversation.
        renamed = (
            update(conversations)
            .where(conversations.c.handle_id == handle_id, conversations.c.channel == channel)
            .values(conversation_key=conversation_key)
        )
        if self._connection.execute(renamed).rowcount:
            return
        id = str(uuid4())
        values = {
            "id": id,
            "handle_id": handle_id,
            "channel": channel,
            "conversation_key": conversation_key,
            "state": self._vault.seal(Conversation().to_json(), f"conversations.state:{id}"),
            "version": 1,
            "updated_at": now,
        }
        insert_if_new(
            self._connection, conversations, values, conversations.c.id, unique=("conversation_key",)
        )

    def _from_row(self, row: Row[Any]) -> KeptConversation:
        state = self._vault.open_text(row.state, f"conversations.state:{row.id}")
        return KeptConversation(
            id=row.id,
            handle_id=row.handle_id,
            person_id=row.person_id,
            channel=row.channel,
            address=self._vault.open_text(row.address, f"handles.address:{row.handle_id}"),
            conversation=Conversation.from_json(state),
            version=row.version,
            conversation_key=row.conversation_key,
        )
