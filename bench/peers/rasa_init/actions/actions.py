"""The peer's own actions: answers are checked, and a complete report is kept as one row."""

import os
import secrets
import sqlite3
from datetime import datetime, timezone
from typing import Any, Dict, List, Text

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

FIELDS = ("place", "caravans", "vehicles", "seen_at", "land", "impact", "details", "wants_news")
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NUMBERS = {
    word: number
    for number, word in enumerate(
        "none one two three four five six seven eight nine ten eleven twelve".split()
    )
}
YES, NO = {"yes", "y", "yes please", "ok"}, {"no", "n", "no thanks", "no thank you"}


class ValidateEncampmentForm(FormValidationAction):
    def name(self) -> Text:
        return "validate_encampment_form"

    def validate_caravans(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Dict[Text, Any]:
        return {"caravans": _read_number(value, dispatcher)}

    def validate_vehicles(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Dict[Text, Any]:
        return {"vehicles": _read_number(value, dispatcher)}

    def validate_wants_news(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Dict[Text, Any]:
        said = str(value).strip().lower()
        if said in YES or said in NO:
            return {"wants_news": said in YES}
        dispatcher.utter_message(response="utter_yes_or_no")
        return {"wants_news": None}


class ActionSubmitEncampment(Action):
    def name(self) -> Text:
        return "action_submit_encampment"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> List[Dict[Text, Any]]:
        code = "".join(secrets.choice(LETTERS) for _ in range(7))
        reference = f"EN-{code[:4]}-{code[4:]}"
        answers = [tracker.get_slot(field) for field in FIELDS]
        connection = sqlite3.connect(os.environ["PEER_REPORTS_DB"], timeout=30)
        try:
            with connection:
                connection.execute(
                    f"CREATE TABLE IF NOT EXISTS reports (reference TEXT PRIMARY KEY, sent_at TEXT, {', '.join(FIELDS)})"
                )
                connection.execute(
                    f"INSERT INTO reports VALUES ({', '.join('?' * (len(FIELDS) + 2))})",
                    (reference, datetime.now(timezone.utc).isoformat(), *answers),
                )
        finally:
            connection.close()
        return [SlotSet("reference", reference)]


def _read_number(value: Any, dispatcher: CollectingDispatcher) -> Any:
    """The number in an answer like "about 6" or "three"; None, and a word to the citizen, where there is none."""
    for word in str(value).lower().replace(",", " ").split():
        if word.isdigit():
            return int(word)
        if word in NUMBERS:
            return NUMBERS[word]
    dispatcher.utter_message(response="utter_not_a_number")
    return None
