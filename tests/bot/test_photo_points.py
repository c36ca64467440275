"""Where a photo was taken is asked about, at every door that hands on whole files, and written down nowhere."""

import asyncio
import io
from typing import Any

import pytest
from house import House
from PIL import Image
from test_web import Caller, build_app, post_photo, said

from storage.database import Database

OFFER = "Your photo says where it was taken: near Warwick. Shall I use that as the place?"
LATITUDE = "52.28"


def located_photo() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 17.0, 1.0), 3: "W", 4: (1.0, 35.0, 2.0)})
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Any) -> House:
    return House.speaking(sqlite_database, tmp_path)


def written_down(house: House) -> str:
    """All messages that came, as they wait for their turn and as they are kept, and where the chat stands."""
    with house.database.reading() as tx:
        waiting = [
            tx.vault.open_text(payload, f"inbox.payload:{channel}:{id}")
            for payload, channel, id in house.rows("inbox", "payload", "channel", "provider_id")
        ]
        [chat] = house.rows("conversations", "id")
        kept = tx.conversations.find_by_id(chat)
        assert kept is not None
        return "\n".join([*waiting, kept.conversation.to_json(), str(tx.messages.said_in(chat, 99))])


def test_by_the_web_chat(house: House) -> None:
    app = build_app(house)
    call = Caller(app)
    headers = call.session()
    call.say(headers, "report encampment")
    [reply] = said(post_photo(app, headers, located_photo()))
    assert OFFER in reply
    assert LATITUDE in written_down(house)  # while it is asked about
    assert "I have forgotten where the photo was taken" in said(call.say(headers, "no"))[0]
    assert LATITUDE not in written_down(house)


def test_by_a_door_that_fetches_photos(house: House) -> None:
    house.telegram.photos["f1"] = located_photo()
    house.accept(1, "report encampment")
    house.accept(2, "", photos=["f1"])
    asyncio.run(house.take_all())
    assert OFFER in house.bodies()[-1]["text"]
    house.accept(3, "no")
    asyncio.run(house.take_all())
    assert LATITUDE not in written_down(house)
