"""Citizens who report an encampment over any door, and their suppliers, which send again what got no 2xx.

A citizen answers the question they read, so that they reach the end whether or not the language model
helps. `number` is their own: it is the number of vehicles they report, by which their report is found.
"""

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from fake_telegram import FakeTelegram, text_update
from fake_twilio import FakeTwilio
from front_door import PUBLIC_URL

ANSWERS = (
    (r"your reference is", ""),
    (r"is this right\?|text send", "send"),
    (r"where is it", "lay-by on Banbury Road, Southam"),
    (r"is that the one you mean\?|is it that one\?", "no, another place"),
    (r"how many caravans", "6"),
    (r"how many other vehicles", "{number}"),
    (r"when did you first see", "yesterday morning"),
    (r"what kind of land", "lay-by"),
    (r"what can you see", "1 2"),
    (r"is it your land", "neither"),
    (r"anything else", "skip"),
    (r"photo of the place|photo that shows", "skip"),
    (r"tell you what happens", "no"),
    (r"what would you like to do", "report encampment"),
)
REFERENCE = re.compile(r"EN-[0-9A-Z]{4}-[0-9A-Z]{3}")
LONGEST = 40


class Stuck(Exception):
    """A citizen who cannot go on."""


@dataclass
class Citizen:
    number: int
    sent: list[str] = field(default_factory=list)  # ids of what was acknowledged
    heard: list[str] = field(default_factory=list)
    reference: str = ""

    def find_answer(self, said: str) -> str | None:
        """What this citizen says to it: empty where the report is made, None where it asks nothing."""
        for pattern, words in ANSWERS:
            if re.search(pattern, said, re.IGNORECASE):
                return words.format(number=self.number)
        return None

    def hears(self, said: list[str]) -> None:
        self.heard += said
        found = REFERENCE.search(" ".join(said))
        if found:
            self.reference = found[0]


class Suppliers:
    """Calls `door()` (its address may change between calls) until it takes what is sent."""

    def __init__(
        self,
        door: Callable[[], str],
        telegram: FakeTelegram,
        twilio: FakeTwilio,
        *,
        dawdle: Callable[[], float] = lambda: 0.0,
        seconds: float = 110.0,
    ) -> None:
        self._door = door
        self.telegram = telegram
        self.twilio = twilio
        self._dawdle = dawdle
        self._seconds = seconds
        self._update_ids = count(1)
        self.resent = 0

    async def until_taken(self, client: httpx.AsyncClient, path: str, **request: Any) -> httpx.Response:
        """Sends until there is a 2xx, as suppliers and our page do."""
        async with asyncio.timeout(self._seconds):
            while True:
                try:
                    answer = await client.post(self._door() + path, **request)
                    if answer.is_success:
                        return answer
                    if answer.status_code < 500:
                        raise Stuck(f"{path}: {answer.status_code} {answer.text[:200]}")
                except httpx.TransportError:
                    pass
                self.resent += 1
                await asyncio.sleep(random.uniform(0.1, 0.6))

    async def report_by_web(self, client: httpx.AsyncClient, citizen: Citizen) -> None:
        begun = await self.until_taken(client, "/chat/sessions", json={})
        headers = {"authorization": f"Bearer {begun.json()['session']}"}
        words = "/start encampment"
        for _ in range(LONGEST):
            message_id = str(uuid4())
            body = {"id": message_id, "text": words}
            answer = await self.until_taken(client, "/chat/messages", headers=headers, json=body)
            citizen.sent.append(message_id)
            said = [reply["text"] for reply in answer.json()["replies"]]
            citizen.hears(said)
            found = citizen.find_answer("\n".join(said))
            if found is None:
                raise Stuck(f"citizen {citizen.number} does not know what to say to: {said}")
            if not found:
                return
            words = found
            await asyncio.sleep(self._dawdle())
        raise Stuck(f"citizen {citizen.number} never came to an end")

    async def report_by_telegram(self, client: httpx.AsyncClient, citizen: Citizen) -> None:
        chat = 5000 + citizen.number

        async def say(words: str) -> None:
            update_id = next(self._update_ids)
            update = text_update(update_id, chat, words)
            while not self.telegram.webhook.get("secret_token"):
                await asyncio.sleep(0.1)
            secret = {"x-telegram-bot-api-secret-token": self.telegram.webhook["secret_token"]}
            await self.until_taken(client, "/telegram/webhook", headers=secret, json=update)
            citizen.sent.append(str(update_id))

        await self._converse(citizen, say, lambda: [m["text"] for m in self.telegram.sent_to(chat)])

    async def report_by_polled_telegram(self, citizen: Citizen) -> None:
        chat = 5000 + citizen.number

        async def say(words: str) -> None:
            self.telegram.push(text_update(self.telegram.next_update_id(), chat, words))

        await self._converse(citizen, say, lambda: [m["text"] for m in self.telegram.sent_to(chat)])

    async def report_by_sms(self, client: httpx.AsyncClient, citizen: Citizen) -> None:
        number = f"+447700900{citizen.number:03d}"

        async def say(words: str) -> None:
            fields = self.twilio.receive(number, "report encampment" if words.startswith("/") else words)
            headers = {
                "content-type": "application/x-www-form-urlencoded",
                "x-twilio-signature": self.twilio.sign(f"{PUBLIC_URL}/sms/webhook", fields),
            }
            await self.until_taken(client, "/sms/webhook", headers=headers, content=urlencode(fields))
            citizen.sent.append(dict(fields)["MessageSid"])

        await self._converse(citizen, say, lambda: [m["body"] for m in self.twilio.sent_to(number)])

    async def _wait_for_question(self, citizen: Citizen, heard: Callable[[], list[str]], last: str) -> str:
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    new = heard()[len(citizen.heard) :]
                    citizen.hears(new)
                    asked = [said for said in new if said != last and citizen.find_answer(said) is not None]
                    if asked:
                        return asked[-1]
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise Stuck(f"citizen {citizen.number} waits for an answer after {citizen.heard[-1:]}") from None

    async def _converse(self, citizen: Citizen, say: Any, heard: Callable[[], list[str]]) -> None:
        """Says, waits to be asked, answers; the same question twice in a row is one question."""
        words, last = "/start encampment", ""
        for _ in range(LONGEST):
            await say(words)
            question = await self._wait_for_question(citizen, heard, last)
            last, words = question, citizen.find_answer(question) or ""
            if not words:
                return
            await asyncio.sleep(self._dawdle())
        raise Stuck(f"citizen {citizen.number} never came to an end")
