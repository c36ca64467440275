"""The conversation: one message in, one turn out. Pure: the same arguments give the same turn.

The order is the point: danger, then STOP, then what can only mean one thing (buttons, numbers, commands,
sure answers), and only then the words as the model understood them.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flows import filling
from flows.buttons import Pressed, go_payload, parse_payload
from flows.content import Content, as_wording
from flows.conversation import Conversation
from flows.events import AnswerGiven, DangerSeen, FormDropped, MessagesStarted, MessagesStopped, Unanswered
from flows.forms import FormField, Kind
from flows.messages import Button, ChannelName, Incoming
from flows.questions import Answered, Unclear, add_photos, read_button, read_certain, read_freely
from flows.safety import DangerKind, Keyword, plain_words, read_keyword
from flows.texts import Said, fill
from flows.turn import Turn, TurnBuilder, WordsNeeded
from flows.understanding import Understanding

AWAY = timedelta(hours=12)
LONGEST_READ = 4000
OFFERED_WHEN_UNSURE = 3

_COMMANDS = {
    "back": "back|go back|previous|previous question",
    "skip": "skip|pass|leave it out|leave out|rather not say|dont know|i dont know|dunno|not sure|no idea|idk|skip it",
    "menu": "menu|main menu|options|choices|menu please",
    "drop": "drop|drop it|cancel|forget it|give up|abandon|throw it away|leave it|never mind|nevermind",
    "send": "send|send it|submit|all correct|its correct|looks good|thats all correct",
    "done": "done|thats all|that is all|finished|no more|thats it|thats everything|all done",
    "carry_on": "on|carry on|continue|go on|resume|im safe|i am safe",
    "person": "person|human|agent|a person|talk to a person|real person|operator",
    "change": "change|edit|change something|change it",
}
_COMMAND_WORDS = {
    phrase.strip(): name for name, phrases in _COMMANDS.items() for phrase in phrases.split("|")
}
_CHANGE = re.compile(
    r"^(?:change|edit|correct|fix|number|no|wrong)?\s*(?:number|no|question|answer)?\s*(\d{1,2})$"
)
_QUESTION = re.compile(
    r"\?|^(?:what|whats|how|hows|who|whos|why|when|where|can|could|do|does|is|are|am|will|would|should|which)\b"
)


class Engine:
    """Takes turns over one set of content."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def try_turn(self, conversation: Conversation, incoming: Incoming, now: datetime) -> Turn | None:
        """The turn, where it needs no model; None where the words must be understood first."""
        try:
            return self._take(TurnBuilder(self.content, conversation, incoming, None, now, model_asked=False))
        except WordsNeeded:
            return None

    def take_turn(
        self,
        conversation: Conversation,
        incoming: Incoming,
        understanding: Understanding | None,
        now: datetime,
    ) -> Turn:
        """The turn, with what the model made of the words (None: the model is away)."""
        return self._take(
            TurnBuilder(self.content, conversation, incoming, understanding, now, model_asked=True)
        )

    def _take(self, turn: TurnBuilder) -> Turn:
        steps: tuple[Callable[[TurnBuilder], bool], ...] = (
            self._danger,
            self._stop_and_start,
            self._notices,
            self._welcome_back,
            self._deep_link,
            self._button,
            self._command,
            self._paused,
            self._form_media,
            self._form_answer,
            self._words,
        )
        for step in steps:
            if step(turn):
                break
        return turn.finish()

    # Each step returns True where it has dealt with the message.

    def _danger(self, turn: TurnBuilder) -> bool:
        kind = self.content.safety.find_danger(turn.incoming.text)
        if kind is not None:
            self._answer_danger(turn, kind, by="rules")
            return True
        if turn.incoming.button == go_payload("emergency"):
            self._answer_danger(turn, DangerKind.EMERGENCY, by="button")
            return True
        return False

    def _answer_danger(self, turn: TurnBuilder, kind: DangerKind, *, by: str) -> None:
        """999 first. Words that were also the answer to a free question are kept, and the form waits."""
        turn.urgent = True
        turn.events.append(DangerSeen(kind, by))
        turn.put(turn.words(f"danger.{kind}"))
        current = filling.form_in_hand(turn)
        if current is None:
            return
        form, held = current
        field = form.find_field(held.asked)
        if field is not None and field.kind is Kind.TEXT and field.id not in held.answers:
            read = read_freely(filling.asking_of(turn, field, held.partial), turn.incoming, None)
            if isinstance(read, Answered):
                filling.accept(turn, field, read.value)
        turn.next_step()
        turn.conversation = replace(turn.conversation, paused=True)
        turn.put(
            turn.words("danger.kept", thing=filling.thing_in_hand(turn)),
            (turn.command("carry_on", keyword="ON"),),
        )

    def _stop_and_start(self, turn: TurnBuilder) -> bool:
        keyword = None
        if not turn.incoming.edited:
            keyword = read_keyword(turn.incoming.text, carrier=turn.incoming.channel is ChannelName.SMS)
        if keyword is Keyword.STOP:
            self._stop(turn)
            return True
        if keyword is Keyword.START and turn.conversation.stopped:
            turn.conversation = replace(turn.conversation, stopped=False)
            turn.events.append(MessagesStarted())
            turn.say(turn.words("started"))
            self._put_menu(turn)
            return True
        if keyword is Keyword.HELP and turn.is_sms:
            turn.put(turn.words("sms_help"))
            return True
        if not turn.conversation.stopped:
            return False
        if turn.incoming.start is not None:
            # Pressing Start on Telegram, or opening a link, is asking for messages again.
            turn.conversation = replace(turn.conversation, stopped=False)
            turn.events.append(MessagesStarted())
            return False
        if not turn.is_sms:
            turn.put(turn.words("still_stopped"))
        return True

    def _stop(self, turn: TurnBuilder) -> None:
        turn.events.append(MessagesStopped())
        turn.events.extend(FormDropped(f.form) for f in turn.conversation.forms)
        turn.conversation = replace(turn.conversation, stopped=True, forms=(), paused=False, confirming="")
        turn.put(turn.words("stopped"))

    def _notices(self, turn: TurnBuilder) -> bool:
        incoming = turn.incoming
        if incoming.edited:
            turn.put(turn.words("notice.edited"))
            return True
        problem = next((p.problem for p in incoming.photos if p.problem), None)
        if problem and not any(p.id for p in incoming.photos):
            turn.say(turn.words(problem))
            self._ask_or_menu(turn)
            return True
        if incoming.notice:
            turn.say(turn.words(incoming.notice))
            self._ask_or_menu(turn)
            return True
        nothing = not (incoming.button or incoming.location or incoming.photos or incoming.start is not None)
        if nothing and not plain_words(incoming.text):
            turn.say(turn.words("notice.empty"))
            self._ask_or_menu(turn)
            return True
        if len(incoming.text) > LONGEST_READ:
            turn.say(turn.words("notice.long"))
            self._ask_or_menu(turn)
            return True
        return False

    def _welcome_back(self, turn: TurnBuilder) -> bool:
        seen = turn.conversation.seen()
        if turn.conversation.forms and seen is not None and turn.now - seen > AWAY:
            turn.say(turn.words("form.welcome_back", thing=filling.thing_in_hand(turn)))
        return False

    def _deep_link(self, turn: TurnBuilder) -> bool:
        payload = turn.incoming.start
        if payload is None:
            return False
        form = self.content.forms.get(payload)
        topic = payload.removeprefix("ask_")
        if form is not None:
            filling.start_form(turn, form)
        elif payload.startswith("ask_") and topic in self.content.knowledge:
            self._answer(turn, topic)
        elif turn.conversation.in_hand is not None:
            filling.resume(turn)
        else:
            turn.say(turn.words("welcome"))
            self._put_menu(turn)
        return True

    def _button(self, turn: TurnBuilder) -> bool:
        payload = turn.incoming.button or self._numbered(turn)
        if payload is None:
            return False
        pressed = parse_payload(payload)
        if pressed is None:
            turn.say(turn.words("notice.unknown_button"))
            self._ask_or_menu(turn)
        elif pressed.action == "go":
            turn.conversation = replace(turn.conversation, paused=False, confirming="")
            self._go(turn, pressed.value)
        elif pressed.step != turn.conversation.step:
            turn.say(turn.words("notice.old_button"))
            self._ask_or_menu(turn)
        elif pressed.action == "command":
            self._obey(turn, pressed.value)
        else:
            self._pressed_answer(turn, pressed)
        return True

    def _numbered(self, turn: TurnBuilder) -> str | None:
        """The payload a bare number stands for: the choices last offered, unless the question reads numbers."""
        words = plain_words(turn.incoming.text)
        if not words.isdecimal() or not turn.conversation.offered:
            return None
        held = turn.conversation.in_hand
        form = self.content.forms.get(held.form) if held else None
        field = form.find_field(held.asked) if form and held else None
        reads_numbers = (Kind.CHOICES, Kind.NUMBER, Kind.PHONE, Kind.WHEN)
        if field is not None and not turn.conversation.confirming and field.kind in reads_numbers:
            return None
        at = int(words[:6]) - 1
        return turn.conversation.offered[at] if 0 <= at < len(turn.conversation.offered) else None

    def _pressed_answer(self, turn: TurnBuilder, pressed: Pressed) -> None:
        if turn.conversation.confirming:
            turn.conversation = replace(turn.conversation, confirming="")
            if pressed.value == "drop_yes":
                filling.drop(turn)
                self._menu_unless_form(turn)
            else:
                turn.say(turn.words("form.not_dropped"))
                filling.ask(turn)
            return
        current = filling.form_in_hand(turn)
        if current is None:
            turn.say(turn.words("notice.old_button"))
            self._put_menu(turn)
            return
        form, held = current
        if held.asked is None and pressed.value.startswith("change_"):
            filling.change(turn, int(pressed.value.removeprefix("change_")))
            return
        field = form.find_field(held.asked)
        read = read_button(filling.asking_of(turn, field, held.partial), pressed.value) if field else None
        if field is None or read is None:
            turn.say(turn.words("notice.unknown_button"))
            filling.ask(turn)
            return
        self._take_read(turn, field, read)

    def _command(self, turn: TurnBuilder) -> bool:
        words = plain_words(turn.incoming.text)
        name = _COMMAND_WORDS.get(words)
        if words == "help":
            name = "help"
        held = turn.conversation.in_hand
        if held is not None and held.asked is None and not turn.conversation.confirming:
            number = _CHANGE.match(words)
            if number:
                filling.change(turn, int(number.group(1)))
                return True
            if words in ("no", "nope", "nah", "not right", "wrong", "not quite"):
                name = "change"
            elif words in ("yes", "yep", "yeah", "ok", "correct", "right", "thats right", "y"):
                name = "send"
        if turn.conversation.confirming:
            return self._confirm_in_words(turn, words)
        if name is None:
            return False
        if held is None:
            return self._command_without_form(turn, name)
        if name == "send" and held.asked is not None:
            return False
        if name == "change" and held.asked is not None:
            return False
        self._obey(turn, name)
        return True

    def _confirm_in_words(self, turn: TurnBuilder, words: str) -> bool:
        turn.conversation = replace(turn.conversation, confirming="")
        if words in ("yes", "y", "yes please", "yep", "yeah", "throw it away", "drop", "ok"):
            filling.drop(turn)
            self._menu_unless_form(turn)
            return True
        if words in ("no", "n", "nope", "keep it", "keep", "no thanks"):
            turn.say(turn.words("form.not_dropped"))
            filling.ask(turn)
            return True
        return False

    def _command_without_form(self, turn: TurnBuilder, name: str) -> bool:
        if name in ("menu", "help", "carry_on", "back"):
            self._put_menu(turn)
        elif name == "drop":
            turn.say(turn.words("nothing_to_cancel"))
            self._put_menu(turn)
        elif name == "person":
            self._go(turn, "talk_to_person")
        else:
            return False
        return True

    def _obey(self, turn: TurnBuilder, name: str) -> None:
        """A command while a form is in hand."""
        turn.conversation = replace(turn.conversation, paused=False)
        if name == "back":
            filling.go_back(turn)
        elif name in ("skip", "done"):
            filling.skip(turn)
        elif name == "drop":
            filling.confirm_drop(turn)
        elif name == "send":
            filling.file(turn)
        elif name == "change":
            filling.change(turn, None)
        elif name == "menu":
            self._put_menu(turn)
        elif name == "help":
            filling.show_help(turn)
        elif name == "person":
            self._go(turn, "talk_to_person")
        else:
            filling.ask(turn)

    def _paused(self, turn: TurnBuilder) -> bool:
        """After danger words the question is put again before anything is read as its answer."""
        if not turn.conversation.paused:
            return False
        understanding = turn.understand()
        if self._model_danger(turn, understanding):
            return True
        turn.conversation = replace(turn.conversation, paused=False)
        filling.resume(turn)
        return True

    def _form_media(self, turn: TurnBuilder) -> bool:
        """Photos and pins, with or without a form that wants them."""
        ids = [p.id for p in turn.incoming.photos if p.id]
        current = filling.form_in_hand(turn)
        if current is None:
            if ids or turn.incoming.location is not None:
                turn.say(turn.words("notice.photo_no_form" if ids else "notice.pin_no_form"))
                self._put_menu(turn)
                return True
            return False
        form, held = current
        field = form.find_field(held.asked)
        if ids and field is not None and field.kind is Kind.PHOTO:
            self._take_read(turn, field, add_photos(filling.asking_of(turn, field, held.partial), ids))
            return True
        if ids:
            if not filling.add_photo_ids(turn, ids):
                turn.say(turn.words("notice.photo_no_form"))
            if not plain_words(turn.incoming.text):
                filling.ask(turn)
                return True
        if turn.incoming.location is not None and (field is None or field.kind is not Kind.PLACE):
            turn.say(turn.words("notice.pin_not_now"))
            filling.ask(turn)
            return True
        return False

    def _form_answer(self, turn: TurnBuilder) -> bool:
        current = filling.form_in_hand(turn)
        if current is None:
            return False
        form, held = current
        field = form.find_field(held.asked)
        if field is not None:
            certain = read_certain(filling.asking_of(turn, field, held.partial), turn.incoming)
            if certain is not None:
                self._take_read(turn, field, certain)
                return True
        understanding = turn.understand()
        if self._model_danger(turn, understanding):
            return True
        if understanding is not None and self._wish_in_form(turn, field, understanding):
            return True
        if field is None:
            filling.ask(turn)
            return True
        if understanding is None and field.is_free_text and _is_question(turn.incoming.text):
            turn.say(turn.words("no_model_in_form"))
            filling.ask(turn)
            return True
        read = read_freely(filling.asking_of(turn, field, held.partial), turn.incoming, understanding)
        if isinstance(read, Answered):
            filling.accept(turn, field, read.value)
            if not held.changing:
                filling.fill_from_entities(turn, form, understanding)
            filling.ask(turn)
        else:
            self._take_read(turn, field, read or Unclear("choice.unclear"))
        return True

    def _take_read(self, turn: TurnBuilder, field: FormField, read: Answered | Unclear | None) -> None:
        if isinstance(read, Answered):
            filling.accept(turn, field, read.value)
            filling.ask(turn)
        elif isinstance(read, Unclear):
            filling.explain(turn, field, read)

    def _wish_in_form(self, turn: TurnBuilder, field: FormField | None, understanding: Understanding) -> bool:
        """A command or a side question in the middle of a form; the form comes back after it."""
        label, sure = understanding.label, self.content.thresholds.sure
        is_short = len(plain_words(turn.incoming.text).split()) <= 8
        if understanding.confidence < sure:
            return False
        if is_short or field is None or not field.is_free_text:
            command = {"cancel": "drop", "go_back": "back", "skip": "skip", "help": "help"}.get(label)
            if command and (field is None or not field.is_free_text or understanding.confidence >= 0.6):
                self._obey(turn, command)
                return True
        if field is None and label in ("affirm", "deny"):
            self._obey(turn, "send" if label == "affirm" else "change")
            return True
        if label == "stop_messages":
            self._stop(turn)
            return True
        asks = _is_question(turn.incoming.text)
        is_side = label.startswith("ask/") or label in self.content.signposts
        if not is_side or label == "out_of_scope":
            return False
        if field is not None and field.is_free_text and not asks and label != "talk_to_person":
            return False
        if (
            field is not None
            and not asks
            and understanding.confidence < self.content.thresholds.side_question
        ):
            return False
        self._go(turn, label)
        return True

    def _words(self, turn: TurnBuilder) -> bool:
        """Words with no form in hand: what the model says they mean."""
        understanding = turn.understand()
        if understanding is None:
            turn.events.append(Unanswered("no_model"))
            turn.say(turn.words("no_model"))
            self._put_menu(turn)
            return True
        if self._model_danger(turn, understanding):
            return True
        if self._is_unsure(understanding):
            self._greet_once(turn)
            self._offer_likely(turn, understanding)
        else:
            if self.content.find_form_by_label(understanding.label) is None:
                self._greet_once(turn)  # a form's own first words say as much
            self._act_on(turn, understanding.label, understanding)
        return True

    def _is_unsure(self, understanding: Understanding) -> bool:
        limits = self.content.thresholds
        others = [r.confidence for r in understanding.ranking if r.label != understanding.label]
        return understanding.confidence < limits.sure or (
            bool(others) and understanding.confidence - max(others) < limits.close
        )

    def _act_on(self, turn: TurnBuilder, label: str, understanding: Understanding | None) -> None:
        form = self.content.find_form_by_label(label)
        if form is not None:
            filling.start_form(turn, form, understanding)
        elif label == "stop_messages":
            self._stop(turn)
        elif label in ("greet", "help", "affirm", "deny", "skip", "go_back"):
            self._put_menu(turn)
        elif label == "cancel":
            turn.say(turn.words("nothing_to_cancel"))
            self._put_menu(turn)
        elif label in ("goodbye", "thanks"):
            turn.put(turn.words(label))
        else:
            self._go(turn, label)

    def _go(self, turn: TurnBuilder, label: str) -> None:
        """Acts on a label chosen by a button or understood for sure, and comes back to an open form."""
        form = self.content.find_form_by_label(label)
        if label == "menu":
            self._put_menu(turn)
        elif label == "unsure":
            turn.say(turn.words("not_understood"))
            self._put_menu(turn)
        elif form is not None:
            filling.start_form(turn, form)
        elif label.startswith("ask/"):
            self._answer(turn, label.removeprefix("ask/"))
            filling.resume(turn)
        elif label in self.content.signposts:
            turn.put(fill(as_wording(self.content.signposts[label]), {}), self._after_answer(turn))
            filling.resume(turn)
        else:
            turn.say(turn.words("notice.unknown_button"))
            self._ask_or_menu(turn)

    def _answer(self, turn: TurnBuilder, topic: str) -> None:
        """The approved answer with its source and date, or an honest "not yet"."""
        entry = self.content.knowledge.get(topic)
        if entry is None or turn.now.date() > entry.review_by:
            turn.events.append(Unanswered("no_entry", ((f"ask/{topic}", 1.0),)))
            turn.put(turn.words("no_answer"), self._after_answer(turn))
            return
        turn.events.append(AnswerGiven(topic))
        source = turn.words(
            "answer.source", sources=", ".join(entry.sources), reviewed=f"{entry.reviewed_on:%-d %B %Y}"
        )
        starts = [self.content.forms[f].label for f in entry.start if f in self.content.forms]
        wanted = [*starts, *(f"ask/{t}" for t in entry.related)]
        buttons = [b for b in (turn.go(label) for label in wanted) if b is not None][:3]
        in_form = turn.conversation.in_hand is not None
        turn.put(
            Said(f"{entry.text.strip()}\n\n{source.text}", entry.sms.strip()),
            () if in_form else (*buttons, turn.menu_button()),
            topic=topic,
        )

    def _after_answer(self, turn: TurnBuilder) -> tuple[Button, ...]:
        return () if turn.conversation.in_hand is not None else (turn.menu_button(),)

    def _offer_likely(self, turn: TurnBuilder, understanding: Understanding) -> None:
        """The most likely meanings as buttons; the message goes on the board of unanswered ones."""
        ranking = understanding.ranking or ()
        turn.events.append(Unanswered("unsure", tuple((r.label, r.confidence) for r in ranking[:3])))
        likely = [b for b in (turn.go(r.label) for r in ranking[:6]) if b is not None][:OFFERED_WHEN_UNSURE]
        if any(r.label in ("emergency", "crisis") for r in ranking[:3]):
            likely.insert(0, Button(turn.label("topic.emergency"), go_payload("emergency")))
        if not likely:
            turn.say(turn.words("not_understood"))
            self._put_menu(turn)
            return
        other = Button(turn.label("button.something_else"), go_payload("unsure"))
        turn.put(turn.words("unsure"), (*likely, other))

    def _model_danger(self, turn: TurnBuilder, understanding: Understanding | None) -> bool:
        if understanding is None or understanding.label not in ("emergency", "crisis"):
            return False
        if understanding.confidence < self.content.thresholds.danger:
            return False
        self._answer_danger(turn, DangerKind(understanding.label), by="model")
        return True

    def _greet_once(self, turn: TurnBuilder) -> None:
        """The first message of a conversation is told who answers, and that nobody watches."""
        if not turn.conversation.greeted:
            turn.conversation = replace(turn.conversation, greeted=True)
            turn.say(turn.words("welcome"))

    def _put_menu(self, turn: TurnBuilder) -> None:
        """The choices; from inside a form also the way back to it."""
        turn.conversation = replace(turn.conversation, greeted=True)
        buttons = [b for b in (turn.go(label) for label in self.content.menu) if b is not None]
        if turn.conversation.in_hand is not None:
            turn.next_step()
            buttons = [turn.command("carry_on", keyword="ON"), *buttons]
            turn.conversation = replace(turn.conversation, paused=True)
        turn.put(turn.words("menu"), tuple(buttons))

    def _menu_unless_form(self, turn: TurnBuilder) -> None:
        if turn.conversation.in_hand is None:
            self._put_menu(turn)

    def _ask_or_menu(self, turn: TurnBuilder) -> None:
        if filling.form_in_hand(turn) is not None:
            filling.ask(turn)
        else:
            self._put_menu(turn)


def _is_question(text: str) -> bool:
    return "?" in text or bool(_QUESTION.search(plain_words(text)))
