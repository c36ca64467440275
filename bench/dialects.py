"""How each measured system is spoken to over HTTP: our web chat, Rasa's REST channel, and the bare floor."""

from typing import Any, Protocol
from uuid import uuid4

import httpx


class ChatFailed(Exception):
    """A message was not answered as it should be; the text is short and holds none of its words."""


class Chat(Protocol):
    """One citizen's conversation."""

    async def begin(self) -> None: ...

    async def say(self, text: str) -> str: ...


class FrontDoorChat:
    """The web chat's contract: a session, then messages under a bearer token, each with an id of its own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._headers: dict[str, str] = {}

    async def begin(self) -> None:
        session = await _post(self._client, "/chat/sessions", {"language": "en"}, {}, expected=201)
        self._headers = {"Authorization": f"Bearer {session['session']}"}

    async def say(self, text: str) -> str:
        body = {"id": str(uuid4()), "text": text}
        answer = await _post(self._client, "/chat/messages", body, self._headers)
        return "\n".join(reply["text"] for reply in answer["replies"])


class RasaChat:
    """Rasa's REST channel: [{"recipient_id": ..., "text": ...}] for {"sender", "message"}."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._sender = uuid4().hex

    async def begin(self) -> None:
        """Rasa opens a conversation at its first message."""

    async def say(self, text: str) -> str:
        body = {"sender": self._sender, "message": text}
        answer = await _post(self._client, "/webhooks/rest/webhook", body, {})
        return "\n".join(reply.get("text", "") for reply in answer)


class FloorChat:
    """The bare route: a row for each message, and its number as the answer."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._conversation = uuid4().hex

    async def begin(self) -> None:
        """Nothing is opened."""

    async def say(self, text: str) -> str:
        body = {"conversation": self._conversation, "text": text}
        answer = await _post(self._client, "/messages", body, {})
        return str(answer["number"])


async def _post(
    client: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    headers: dict[str, str],
    *,
    expected: int = 200,
) -> Any:
    try:
        answer = await client.post(path, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise ChatFailed(type(error).__name__) from error
    if answer.status_code != expected:
        raise ChatFailed(f"HTTP {answer.status_code}")
    try:
        return answer.json()
    except ValueError as error:
        raise ChatFailed("not JSON") from error
