"""Danger that no rule knows, while the language model is away: from the web chat's call to the words that come back."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from bot.main import build
from bot.settings import ROOT, load_settings
from flows.safety import Safety
from nlu.danger_table import write_table

HIDING = "hes downstairs looking for me, i have gone quiet under the bed"
LEAVING = "its all written down for the kids, the cat is fed"
WEIGHTS = {"under the": (30.0, 0.0), "narrow": (10.0, 0.0), "written down": (0.0, 20.0)}


def talk(folder: Path, *said: str) -> tuple[str, ...]:
    """What comes back for each message, by a front door whose language model was never started; then whether it says
    to its operator that it has a table.
    """
    settings = load_settings(
        {
            "FRONTDOOR_DATA": str(folder / "data"),
            "FRONTDOOR_MODELS": str(folder),
            "SECRET_KEY": "a secret that only this test knows, 40 letters",
        },
        ROOT,
    )
    door = build(settings, with_model=False)

    async def run() -> tuple[str, ...]:
        answers = []
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door.app), base_url="http://door"
        ) as client:
            token = (await client.post("/chat/sessions", json={})).json()["session"]
            for number, text in enumerate(said, start=1):
                answer = await client.post(
                    "/chat/messages",
                    json={"id": str(UUID(int=number)), "text": text},
                    headers={"authorization": f"Bearer {token}"},
                )
                answers.append(" ".join(reply["text"] for reply in answer.json()["replies"]))
            answers.append(str((await client.get("/readyz")).json()["danger_table"]))
        await door.aclose()
        return tuple(answers)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "told"), [(HIDING, "call 999"), (LEAVING, "116 123")], ids=["emergency", "crisis"]
)
def test_danger_no_rule_finds_is_answered_as_danger(text: str, told: str, tmp_path: Path):
    assert Safety.load(ROOT / "flows/danger.yml").find_danger(text) is None
    without, _ = talk(tmp_path, text)
    write_table(tmp_path / "danger-000000000000.json", WEIGHTS, (-3.0, -3.0))

    answer, has_table = talk(tmp_path, text)

    assert told in answer and "I can only use the choices below" not in answer
    assert "I can only use the choices below" in without
    assert has_table == "True"


def test_in_a_form_the_report_waits_and_all_else_is_as_without_the_table(tmp_path: Path):
    write_table(tmp_path / "danger-000000000000.json", WEIGHTS, (-3.0, -3.0))

    asked, told, back, again, unsure, unread, _ = talk(
        tmp_path,
        "there are some caravans on the green",
        HIDING,
        "on",
        "no",
        "the narrow lane",
        "what are your hours",
    )

    assert "Where is it?" in asked
    assert "call 999" in told and "is kept" in told
    assert "Shall I keep that as your answer?" in back and "tell me instead" in again
    assert "If anyone is in danger now, call 999." in unsure and "Which town or village" in unsure
    assert "I could not read that just now." in unread


@pytest.mark.parametrize("content", [None, "half a ta"], ids=["none", "broken"])
def test_without_a_table_the_rules_stand_alone(content: str | None, tmp_path: Path):
    if content is not None:
        (tmp_path / "danger-000000000000.json").write_text(content)

    quiet, plain, has_table = talk(tmp_path, HIDING, "he has a knife and he is coming up the stairs")

    assert "I can only use the choices below" in quiet
    assert "call 999" in plain
    assert has_table == "False"
