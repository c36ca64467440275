"""What the citizens of the benchmark say: invented reports in many voices, and an answer to whatever is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flows.yaml_lines import read_yaml

# A first message that needs the language model; some say nearly all, some nearly nothing, as people do.
# None of them may stand in training data, ours or the peer's (a test holds that).
OPENINGS = (
    "Six caravans have pulled up on the playing field off Tachbrook Road in Leamington since last night",
    "hi theres about 4 caravans on the verge by the A46 near Alcester, came this morning",
    "I would like to report some caravans on St Nicholas Park in Warwick, they arrived yesterday evening",
    "caravans again in the car park behind the leisure centre in Bedworth, 9 of them i think",
    "A group of motorhomes is parked in the lay-by on Banbury Road, Southam since Monday",
    "loads of caravans on the rec in Kenilworth today, rubbish everywhere",
    "There are twelve caravans on farm land next to Kineton Road in Wellesbourne",
    "Good morning, three tents and a van have been by the canal at Hatton for two days",
    "5 caravans n 3 vans on whitnash sports field since last nite gate blocked",
    "Our cricket ground at Coleshill has caravans on it this morning, about eight",
    "someone has set up camp with caravans on the green in Bishops Itchington since sunday",
    "just seen 7 caravans drive on to the common in Rugby near the Hillmorton locks",
    "Caravans have arrived on the industrial estate off Holywell Way in Atherstone, I counted ten",
    "there is 2 caravan near the church in polesworth from yesterday, please can you look",
    "The school field in Henley-in-Arden has four caravans on it since this afternoon",
    "About fifteen caravans on the showground by the river in Stratford since Friday, noisy generators",
    "traveller site set up without permission at Galley Common, Nuneaton, maybe 6 vans",
    "hello I want to tell you about caravans parked on private land at Long Compton since 3 days",
    "My dog walk at Abbey Fields is blocked, five caravans turned up last night in Kenilworth",
    "Caravans and a lorry on the verge at Dunchurch crossroads, they came at 7am today",
)

# Answers in turn, so that many ways to say the same are heard. No words of danger: those end a report on purpose.
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "place": (
        "Banbury Road, Southam",
        "the park by Myton Road, Warwick",
        "Rugby Road, Dunchurch",
        "CV34 6PH",
    ),
    "caravans": ("6", "about four", "12", "three", "around 8"),
    "vehicles": ("3", "two", "about 5", "0", "seven"),
    "seen_at": ("this morning", "last night", "yesterday at 6pm", "2 days ago"),
    "land": ("park", "road verge", "car park", "farm land", "private land"),
    "impact": ("rubbish", "rubbish and noise", "blocked gate", "none of these", "noise"),
    "role": ("neither", "I own it", "neither", "neither"),
    "details": (
        "The track from the north is the safest way in",
        "The gate at the far end has no lock",
        "Please come by the lane, the main way in is narrow",
        "nothing else",
    ),
    "photos": ("skip",),
    "updates": ("no", "no thanks"),
    "wants_news": ("no", "no thanks"),
}

# What is asked beside a form's own questions: a piece of the sentence, and the answer.
FOLLOW_UPS: Mapping[str, str] = {
    "Is this right?": "send",
    "Is that the one you mean?": "no, another place",
    "So far I have": "that is all",
    "town or village is nearest": "Southam",
    "A road or a landmark helps": "by the church",
    "Is it still the right place": "yes",
    "say it in other words": "I want to report an encampment",
    "Did you mean one of these": "report an encampment",
    "What would you like to do": "report an encampment",
}

REFERENCE = re.compile(r"\bEN-[0-9A-Z]{4}-[0-9A-Z]{3}\b")


class NoAnswer(Exception):
    """The citizen was asked something no answer is written for; the text is what they heard, cut short."""


@dataclass(frozen=True)
class Script:
    """One citizen: `number` chooses the words, `questions` (question -> field) tells what is being asked."""

    number: int
    questions: Mapping[str, str] = field(repr=False)

    @property
    def opening(self) -> str:
        return OPENINGS[self.number % len(OPENINGS)]

    def answer(self, heard: str) -> str:
        """The next message. Of several questions in `heard` the last counts. Raises NoAnswer."""
        asked = {question: self._say(field_id) for question, field_id in self.questions.items()}
        found = [(heard.rfind(words), answer) for words, answer in [*asked.items(), *FOLLOW_UPS.items()]]
        at, answer = max(found, default=(-1, ""))
        if at < 0:
            raise NoAnswer(heard[-60:].replace("\n", " ") if heard else "nothing was said")
        return answer

    def _say(self, field_id: str) -> str:
        choices = ANSWERS.get(field_id, ("skip",))
        return choices[self.number % len(choices)]


def find_reference(heard: str) -> str | None:
    """The reference in what was heard, e.g. EN-7K3F-2QX; None where there is none."""
    found = REFERENCE.search(heard)
    return found.group() if found else None


def load_form_questions(form: Path) -> dict[str, str]:
    """Question -> field of one of our forms, e.g. {"What kind of land is it on?": "land"}."""
    fields = read_yaml(form)["fields"]
    # What is asked of a known site has other words each time: FOLLOW_UPS holds its end.
    return {item["ask"].strip(): item["id"] for item in fields if item["kind"] != "site"}


def load_rasa_questions(domain: Path) -> dict[str, str]:
    """Question -> slot of a Rasa domain's forms, from its `utter_ask_<form>_<slot>` responses."""
    domain_file = read_yaml(domain)
    questions = {}
    for form, body in domain_file["forms"].items():
        for slot in body["required_slots"]:
            for variant in domain_file["responses"][f"utter_ask_{form}_{slot}"]:
                questions[variant["text"].strip()] = slot
    return questions
