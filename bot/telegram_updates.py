"""Telegram's updates read into our shapes. What each kind means to us is decided here and nowhere else.

Kinds: https://core.telegram.org/bots/api#update. A private chat is a conversation; in groups and channels
the bot stays silent and leaves.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import telegram

from bot.channel import Received
from flows.messages import ChannelName, Incoming, Location

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
PREFERRED_PHOTO_BYTES = 10 * 1024 * 1024

_MAX_ID = 2**63 - 1
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")  # https://core.telegram.org/bots/features#deep-linking

# What we read of a message. The rest (quoted messages, entities, forwards) is cut off before the library
# sees it: a kind of it that the library does not know yet must not cost the citizen's words.
_READ_FIELDS = frozenset(
    {
        "message_id",
        "date",
        "chat",
        "from",
        "text",
        "caption",
        "photo",
        "document",
        "location",
        "venue",
        "contact",
    }
)
_NOTICES = {
    "voice": "notice.voice",
    "audio": "notice.voice",
    "video": "notice.voice",
    "video_note": "notice.voice",
    "sticker": "notice.sticker",
    "animation": "notice.sticker",
    "dice": "notice.sticker",
}
# Telegram's own remarks in a chat (a pinned message, a changed timer): nobody said anything to us.
_REMARKS = frozenset(
    """new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title new_chat_photo
    delete_chat_photo group_chat_created supergroup_chat_created channel_chat_created
    message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id pinned_message successful_payment
    refunded_payment users_shared chat_shared gift unique_gift gift_upgrade_sent connected_website
    write_access_allowed passport_data proximity_alert_triggered boost_added chat_background_set
    checklist_tasks_done checklist_tasks_added direct_message_price_changed forum_topic_created
    forum_topic_edited forum_topic_closed forum_topic_reopened general_forum_topic_hidden
    general_forum_topic_unhidden giveaway_created giveaway_completed managed_bot_created
    paid_message_price_changed poll_option_added poll_option_deleted suggested_post_approved
    suggested_post_approval_failed suggested_post_declined suggested_post_paid suggested_post_refunded
    video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited
    web_app_data""".split()
)


@dataclass(frozen=True)
class Peek:
    """What the inbox needs before an update is read: its id and its chat's (None where it has none: a poll)."""

    update_id: int
    chat_id: str | None


def peek(update: object) -> Peek | None:
    """Id and chat of any update, cheaply; None where it is no update at all.

    {"update_id": 10, "message": {"chat": {"id": 7, ...}, ...}} gives Peek(10, "7").
    """
    if not isinstance(update, dict):
        return None
    update_id = update.get("update_id")
    if not isinstance(update_id, int) or not _is_id(update_id) or update_id < 0:
        return None
    for content in update.values():
        if isinstance(content, dict) and (chat_id := _chat_of(content)) is not None:
            return Peek(update_id, chat_id)
    return Peek(update_id, None)


def _chat_of(content: dict[str, Any]) -> str | None:
    """The chat something happened in, else the person who did it: a private chat has the person's id."""
    message = content.get("message")
    for holder, name in ((content, "chat"), (message, "chat"), (content, "from"), (content, "user")):
        inner = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(inner, dict) and _is_id(inner.get("id")):
            return str(inner["id"])
    return None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_ID


def without_buttons(message_id: int) -> dict[str, Any]:
    """The send body that takes the buttons off a message."""
    return {"method": "editMessageReplyMarkup", "params": {"message_id": message_id}}


def read_update(payload: dict[str, Any]) -> Received | None:
    """The update as a message of ours; None where there is nothing to do.

    Raises nearly anything on a shape Telegram does not send: the library is asked to trust its input.
    """
    if isinstance(payload.get("message"), dict):
        return _read_message(payload["message"], edited=False)
    if isinstance(payload.get("edited_message"), dict):
        return _read_message(payload["edited_message"], edited=True)
    update = telegram.Update.de_json(
        {
            kind: payload[kind]
            for kind in ("update_id", "callback_query", "my_chat_member")
            if kind in payload
        },
        None,
    )
    if update.callback_query:
        return _read_press(update.callback_query)
    if update.my_chat_member:
        return _read_standing(update.my_chat_member)
    return None


def _read_message(raw: dict[str, Any], *, edited: bool) -> Received | None:
    message = telegram.Message.de_json({name: raw[name] for name in raw.keys() & _READ_FIELDS}, None)
    person = message.from_user
    if message.chat.type != telegram.Chat.PRIVATE or person is None or person.is_bot:
        return None
    address = _address(message.chat.id)
    if edited:
        # A moving live location is an edit at each step, and a changed photo is seldom meant for us.
        text = _words(message.text or message.caption)
        return Received(address, Incoming(ChannelName.TELEGRAM, text=text, edited=True)) if text else None
    if message.text is not None:
        return Received(address, _read_text(_words(message.text)))
    if message.location is not None or message.venue is not None:
        pin = message.location or (message.venue and message.venue.location)
        place = _place(pin) if pin else None
        return Received(address, Incoming(ChannelName.TELEGRAM, location=place)) if place else None
    caption = _words(message.caption)
    photo = _photo(message) if "animation" not in raw else None
    if photo:
        return Received(address, Incoming(ChannelName.TELEGRAM, text=caption), photo_refs=(photo,))
    contact = message.contact
    if contact and contact.user_id == person.id:
        number = _words(contact.phone_number)
        return Received(address, Incoming(ChannelName.TELEGRAM, text=f"+{number.lstrip('+')}"))
    if raw.keys() & _REMARKS:
        return None
    notice = next((_NOTICES[kind] for kind in _NOTICES if kind in raw), "notice.other")
    return Received(address, Incoming(ChannelName.TELEGRAM, text=caption, notice=notice))


def _read_text(text: str) -> Incoming:
    command = _COMMAND.fullmatch(text)
    if not command:
        return Incoming(ChannelName.TELEGRAM, text=text)
    word, rest = command[1], (command[2] or "").strip()
    if word.lower() != "start":
        return Incoming(ChannelName.TELEGRAM, text=f"{word} {rest}".strip())
    if not rest or _START_PAYLOAD.fullmatch(rest):
        return Incoming(ChannelName.TELEGRAM, start=rest)
    return Incoming(ChannelName.TELEGRAM, start="", text=rest)


def _place(pin: telegram.Location) -> Location | None:
    latitude, longitude = float(pin.latitude), float(pin.longitude)
    on_earth = math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return Location(latitude, longitude) if on_earth else None


def _photo(message: telegram.Message) -> str | None:
    """The file id of the photo, at the largest size that is not needlessly large; also of one sent as a file."""
    if message.photo:
        return _best_size(message.photo).file_id
    document = message.document
    if document and (document.mime_type or "").lower().startswith("image/"):
        return document.file_id
    return None


def _best_size(sizes: Sequence[telegram.PhotoSize]) -> telegram.PhotoSize:
    by_area = sorted(sizes, key=lambda size: size.width * size.height)
    fitting = [size for size in by_area if (size.file_size or 0) <= PREFERRED_PHOTO_BYTES]
    return fitting[-1] if fitting else by_area[0]


def _read_press(query: telegram.CallbackQuery) -> Received | None:
    """A pressed button. The press is answered, or its button keeps spinning, and the buttons are retired.

    {"update_id": 10, "callback_query": {"id": "q", "from": {...}, "chat_instance": "1", "data": "land:park",
    "message": {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}}} gives
    Received("7", Incoming(TELEGRAM, button="land:park"), chores=(answer, take the buttons off 5)).
    """
    answer = {"method": "answerCallbackQuery", "params": {"callback_query_id": query.id}}
    if query.message and query.message.chat.type != telegram.Chat.PRIVATE:
        return Received(_address(query.message.chat.id), None, chores=(answer,))
    chores = (answer, without_buttons(query.message.message_id)) if query.message else (answer,)
    address = _address(query.message.chat.id if query.message else query.from_user.id)
    if not query.data:
        return Received(address, None, chores=chores)
    return Received(address, Incoming(ChannelName.TELEGRAM, button=_words(query.data)), chores=chores)


def _read_standing(changed: telegram.ChatMemberUpdated) -> Received | None:
    """The bot was blocked or unblocked by a person, or put into a group or channel, which it leaves."""
    address = _address(changed.chat.id)
    status = changed.new_chat_member.status
    if changed.chat.type == telegram.Chat.PRIVATE:
        blocked = status in (telegram.ChatMember.BANNED, telegram.ChatMember.LEFT)
        return Received(address, None, blocked=blocked)
    if status in (telegram.ChatMember.MEMBER, telegram.ChatMember.ADMINISTRATOR):
        return Received(address, None, chores=({"method": "leaveChat", "params": {}},))
    return None


def _address(chat_id: int) -> str:
    if not _is_id(chat_id):
        raise ValueError("not a chat id")
    return str(chat_id)


def _words(text: str | None) -> str:
    """The text, with what no encoding can hold (half of a surrogate pair, which JSON can spell) replaced."""
    return (text or "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
