"""The words that act without any model: yes, no, back, skip and the rest, by language, from texts/<language>.yml.

English is always understood beside the language in hand: its words stand on many a sign and screen.
"""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from flows.safety import plain_words

COMMANDS = (
    *("back", "skip", "menu", "drop", "send", "done", "carry_on", "person", "change", "help"),
    *("more", "hide", "helped", "not_helped"),
)
# What acts in every state, before forms and after STOP (flows/own_data.py).
RIGHTS = ("my_data", "forget", "stop_alerts", "start_alerts", "join_chats", "undo")


class WordLists(BaseModel):
    """The `words:` part of a text file. Each is a list of whole messages; `follow_up` what a message
    begins with that is about the last answer, `everywhere` what is no place or too many, alone or before
    a town, `change_number`, `question` and `wish` single words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    menu: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    carry_on: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    helped: tuple[str, ...] = ()
    not_helped: tuple[str, ...] = ()
    my_data: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    stop_alerts: tuple[str, ...] = ()
    start_alerts: tuple[str, ...] = ()
    join_chats: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    follow_up: tuple[str, ...] = ()
    change_number: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    wish: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    denial: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """Word lists made ready for `plain_words`: `commands` and `rights` map a phrase to the name of what it does."""

    yes: frozenset[str]
    no: frozenset[str]
    right: frozenset[str]
    wrong: frozenset[str]
    keep: frozenset[str]
    commands: dict[str, str]
    rights: dict[str, str]
    change_number: frozenset[str]
    question: frozenset[str]
    follow_up: frozenset[str]
    wish: frozenset[str]
    everywhere: frozenset[str] = frozenset()
    denial: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *lists: WordLists) -> "Words":
        """The lists of several languages as one; where two give a phrase, the first one's meaning holds."""

        def together(name: str) -> frozenset[str]:
            return frozenset(plain_words(w) for words in lists for w in getattr(words, name))

        def acting(names: tuple[str, ...]) -> dict[str, str]:
            acts: dict[str, str] = {}
            for words in lists:
                for name in names:
                    for phrase in getattr(words, name):
                        acts.setdefault(plain_words(phrase), name)
            return acts

        return cls(
            yes=together("yes"),
            no=together("no"),
            right=together("right"),
            wrong=together("wrong"),
            keep=together("keep"),
            commands=acting(COMMANDS),
            rights=acting(RIGHTS),
            change_number=together("change_number"),
            question=together("question"),
            follow_up=together("follow_up"),
            wish=together("wish"),
            everywhere=together("everywhere"),
            denial=together("denial"),
            beside=together("beside"),
        )

    def read_change(self, words: str) -> int | None:
        """The number of "change 3", "number 3 is wrong" or "3" alone; `words` are plain words."""
        tokens = words.split()
        numbers = [t for t in tokens if t.isdecimal() and len(t) <= 2]
        rest = [t for t in tokens if t not in numbers]
        if len(numbers) != 1 or len(tokens) > 5 or not all(t in self.change_number for t in rest):
            return None
        return int(numbers[0])

    def begins_as_follow_up(self, words: str) -> bool:
        """Whether plain words begin as what is about the answer before ("and for my van")."""
        return any(words == begun or words.startswith(f"{begun} ") for begun in self.follow_up)

    def leave_out_beside(self, words: str) -> str:
        """Plain words without those that change nothing about a number, a letter or a name ("3 please", "option b")."""
        return " ".join(word for word in words.split() if word not in self.beside)

    def denies(self, words: str) -> bool:
        """Whether plain words hold one that says something is not so."""
        return not self.denial.isdisjoint(words.split())

    def is_question(self, text: str) -> bool:
        """Whether a message asks something: a question mark, or a word questions begin with."""
        return "?" in text or self.begins_as_question(text)

    def begins_as_question(self, text: str) -> bool:
        """Whether it begins as questions do and is more than a word or two ("when" alone asks nothing of us)."""
        tokens = plain_words(text).split()
        return len(tokens) > 2 and tokens[0] in self.question
