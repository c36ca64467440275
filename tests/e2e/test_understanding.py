"""With the real language model: a message that says much is asked only for the rest."""

import time
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from front_door import ROOT, FrontDoorProcess

from nlu.rasa_process import get_python
from nlu.train import train

pytestmark = pytest.mark.slow

READY_SECONDS = 90.0  # 40 on a quiet machine
TOLD = "6 caravans on the rec off Myton Road Warwick since last night, gate blocked"
NOT_ASKED = ("where is it", "how many caravans", "when did you first see", "what can you see")


@pytest.fixture
def door(start: Callable[..., FrontDoorProcess]) -> FrontDoorProcess:
    if not get_python(ROOT).exists():
        pytest.skip("Rasa's environment .venv-nlu is not set up")
    train(ROOT, ROOT / "models", say=lambda _: None)
    return start()


def test_a_message_that_says_much_is_asked_only_for_what_it_did_not_say(door: FrontDoorProcess):
    begun = time.monotonic()
    while door.readiness()["understanding"] != "ready":
        assert time.monotonic() - begun < READY_SECONDS, door.log.read_text()[-2000:]
        time.sleep(0.2)
    with httpx.Client(base_url=door.url, timeout=30, trust_env=False) as client:
        session = client.post("/chat/sessions").json()["session"]

        def say(words: str) -> str:
            answer = client.post(
                "/chat/messages",
                headers={"authorization": f"Bearer {session}"},
                json={"id": str(uuid4()), "text": words},
            )
            assert answer.status_code == 200, answer.text
            return "\n".join(reply["text"] for reply in answer.json()["replies"])

        heard = [say(TOLD)]
        for words in ("2", "park", "neither", "skip", "skip", "no"):
            if "is this right" in heard[-1].lower():
                break
            if "kind of land" not in heard[-1].lower() and words == "park":
                continue  # "the rec" may tell the kind of land already
            heard.append(say(words))
        read_back = heard[-1]
        everything = "\n".join(heard[:-1]).lower()
        assert "is this right" in read_back.lower(), heard
        for question in NOT_ASKED:
            assert question not in everything, heard
        for said in ("Myton Road", "6", "night", "Blocked"):
            assert said in read_back, read_back
        assert "EN-" in say("send")
