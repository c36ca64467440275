"""What residents read from the county's data: short enough, sendable, and never an unconfirmed number."""

from datetime import date

import pytest
from county_files import COUNTY, load, not_gsm7, phone_numbers, septets, strings_in, web_addresses

from flows.content import SERVED
from flows.yaml_lines import read_yaml

CONTACTS = load("contacts.yml")["contacts"]
ORGANISATIONS = {body["id"] for body in load("organisations.yml")["organisations"]}
DISTRICTS = {district["id"] for district in load("districts.yml")["districts"]}
SIGNPOSTS = load("signposts.yml")["signposts"]
KNOWLEDGE = {
    entry["id"]: entry
    for path in sorted((COUNTY / "knowledge").glob("*.yml"))
    for entry in load(f"knowledge/{path.name}")["entries"]
}
DESKS = load("desks.yml")

# The labels that may point elsewhere while no form of ours takes them.
SIGNPOST_LABELS = {
    "give_feedback",
    "ask_consultation_results",
    "report_crime",
    "ask_events",
    "ask_local_team",
    "complain",
    "change_language",
    "ask_about_bot",
    "out_of_scope",
}
TOPICS = set(read_yaml(COUNTY.parent / "nlu" / "labels.yml")["asking"])
CASES = load("cases.yml")["cases"]
# The forms as they stand, so that a kind of land or a form added there is missed here at once.
FORMS = {
    form["id"]: form
    for path in sorted((COUNTY.parent / "flows" / "forms").glob("*.yml"))
    for form in [read_yaml(path)]
}
SCHEMES = [load(f"schemes/{path.name}") for path in sorted((COUNTY / "schemes").glob("*.yml"))]
# What an answer can begin: a form, a scheme, or what the service does itself.
STARTS = {form["label"] for form in FORMS.values()} | {scheme["label"] for scheme in SCHEMES} | SERVED
LAND_KINDS = {
    option["value"]
    for field in FORMS["encampment"]["fields"]
    if field["id"] == "land"
    for option in field["options"]
}

# Every answer for anybody, and every one for a case, which names the contacts of its entry.
ANSWERS = {
    **KNOWLEDGE,
    **{
        f"{topic}, {case}": {**entry, **words}
        for topic, entry in KNOWLEDGE.items()
        for case, words in entry.get("cases", {}).items()
    },
}
ENTRIES = {**{f"signpost {label}": entry for label, entry in SIGNPOSTS.items()}, **ANSWERS}
TOLD = {
    **{
        f"{land} in {district}": row["told"]
        for land, rows in DESKS["routes"].items()
        for district, row in rows.items()
    },
    **{f"desk {desk}": DESKS["desks"][desk]["told"] for desk in DESKS["by_hand"]},
}


def numbers_of(contact: dict) -> set[str]:
    """Digits of a contact's voice number and of the number it is texted on."""
    return {digits for field in ("number", "text") for digits in phone_numbers(contact.get(field, ""))}


CONFIRMED = {name: contact for name, contact in CONTACTS.items() if contact["status"] == "confirmed"}
CONFIRMED_NUMBERS = {digits for contact in CONFIRMED.values() for digits in numbers_of(contact)}
UNCONFIRMED_NUMBERS = {
    digits for contact in CONTACTS.values() for digits in numbers_of(contact)
} - CONFIRMED_NUMBERS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Call 999, or 0808 16 89 111 by day.", {"999", "08081689111"}),
        ("Press 55 in May 2028", set()),
        ("See example.org/2024/115?p=18543.", set()),
    ],
)
def test_phone_numbers_are_found_and_years_and_addresses_are_not(text, found):
    assert phone_numbers(text) == found


def test_contacts_say_whether_they_are_confirmed_and_since_when():
    for name, contact in CONTACTS.items():
        assert contact["name"] and contact["who"], name
        assert contact["status"] in {"confirmed", "unconfirmed"}, name
        assert contact["area"] in {"national", "warwickshire"} | DISTRICTS, name
        # A confirmed contact can be reached and was checked on a day; an unconfirmed one was not checked.
        if contact["status"] == "confirmed":
            assert isinstance(contact["checked_on"], date), name
            assert any(contact.get(way) for way in ("number", "text", "web", "email")), name
        else:
            assert contact["checked_on"] is None, name


@pytest.mark.parametrize(
    "number",
    (
        "999 112 101 111 159 7726 61016 116123 85258 0800555111 08001111 "
        "08082000247 08081689111 03001232040 0800789321"
    ).split(),
)
def test_everyday_numbers_are_confirmed(number):
    assert number in CONFIRMED_NUMBERS


def test_unconfirmed_numbers_are_kept_for_staff():
    assert len(UNCONFIRMED_NUMBERS) >= 30


# contacts.yml is the one place where unconfirmed numbers are kept.
@pytest.mark.parametrize(
    "path", sorted(set(COUNTY.rglob("*.yml")) - {COUNTY / "contacts.yml"}), ids=lambda path: path.stem
)
def test_no_text_says_an_unconfirmed_number(path):
    for text in strings_in(load(str(path.relative_to(COUNTY)))):
        assert not phone_numbers(text) & UNCONFIRMED_NUMBERS, text
        # Also where a number is written with other spacing or joined to other digits.
        digits = "".join(character for character in text if character.isdigit())
        assert not [n for n in UNCONFIRMED_NUMBERS if len(n) >= 9 and n in digits], text


def test_entries_name_confirmed_contacts_only(subtests):
    for name, entry in ENTRIES.items():
        with subtests.test(name):
            assert set(entry["contacts"]) <= set(CONFIRMED)


def test_every_number_and_address_said_belongs_to_a_contact_of_the_entry(subtests):
    for name, entry in ENTRIES.items():
        with subtests.test(name):
            own = [CONTACTS[contact] for contact in entry["contacts"]]
            numbers = {digits for contact in own for digits in numbers_of(contact)}
            webs = {contact["web"] for contact in own if contact.get("web")}
            for text in (entry["text"], entry["sms"]):
                assert phone_numbers(text) <= numbers
                assert web_addresses(text) - {"report@phishing.gov.uk"} <= webs


def test_text_messages_fit_two_segments(subtests):
    for name, entry in ENTRIES.items():
        with subtests.test(name):
            sms = entry["sms"]
            assert not_gsm7(sms) == set()
            assert 60 <= septets(sms) <= 306


def test_signposts_are_short(subtests):
    for label, entry in SIGNPOSTS.items():
        with subtests.test(label):
            assert len(entry["text"]) <= 500


def test_answers_are_short(subtests):
    for name, entry in ANSWERS.items():
        with subtests.test(name):
            assert len(entry["text"]) <= 900


def test_answers_give_three_to_six_steps(subtests):
    for name, entry in ANSWERS.items():
        with subtests.test(name):
            lines = entry["text"].splitlines()
            assert (
                3 <= sum(line.startswith(("- ", "1.", "2.", "3.", "4.", "5.", "6.")) for line in lines) <= 6
            )


def test_entries_carry_source_and_review_date(subtests):
    for name, entry in ENTRIES.items():
        with subtests.test(name):
            assert isinstance(entry["reviewed_on"], date)
            assert entry["sources"]
            for source in entry["sources"]:
                title, _, page = source.partition(", ")
                assert title and page, source


def test_answers_have_an_owner_a_date_to_be_reviewed_and_live_links(subtests):
    for topic, entry in KNOWLEDGE.items():
        with subtests.test(topic):
            assert entry["title"] and entry["owner"]
            assert entry["reviewed_on"] < entry["review_by"]
            assert set(entry["related"]) <= set(KNOWLEDGE) - {topic}
            assert set(entry["start"]) <= STARTS | set(SIGNPOSTS)
            assert set(entry.get("cases", {})) <= set(CASES)


def test_no_answer_id_is_given_twice():
    ids = [
        e["id"] for p in (COUNTY / "knowledge").glob("*.yml") for e in load(f"knowledge/{p.name}")["entries"]
    ]
    assert len(ids) == len(set(ids))


def test_signposts_are_for_labels_without_a_form():
    assert set(SIGNPOSTS) <= SIGNPOST_LABELS


def test_every_label_without_a_form_is_signposted():
    assert SIGNPOST_LABELS - {form["label"] for form in FORMS.values()} <= set(SIGNPOSTS)


def test_every_topic_is_answered_and_no_other():
    assert set(KNOWLEDGE) == TOPICS
    assert len(TOPICS) == 110


# What people suffer: whoever it has happened to reads another answer than whoever wants to prevent it.
@pytest.mark.parametrize(
    "topic",
    [
        "home_burglary_basics",
        "bicycle_theft",
        "van_tool_theft",
        "rogue_traders",
        "shop_theft",
        "tack_theft",
        "romance_fraud",
    ],
)
def test_after_a_crime_victim_support_is_named(topic):
    words = KNOWLEDGE[topic]["cases"]["after"]
    assert "0808 16 89 111" in words["text"]


@pytest.mark.parametrize(
    "topic", ["domestic_abuse", "stalking_harassment", "sexual_violence_support", "modern_slavery"]
)
def test_topics_nobody_else_should_see_ask_first(topic):
    assert KNOWLEDGE[topic]["private"] is True


def test_the_service_says_what_it_is():
    text = SIGNPOSTS["ask_about_bot"]["text"]
    for said in ("computer program", "police do not watch", "999", "free", "normal rate", "kept"):
        assert said in text


def test_domestic_abuse_answer_gives_the_safe_ways_first():
    entry = KNOWLEDGE["domestic_abuse"]
    for text in (entry["text"], entry["sms"]):
        assert text.startswith("If someone may")
        assert text.index("999") < text.index("55") < text.index("0808 2000 247")


# Legal points nobody has confirmed yet, and words that take a side.
@pytest.mark.parametrize("topic", [topic for topic in KNOWLEDGE if topic.startswith("encampment_")])
@pytest.mark.parametrize(
    "word", ["month", "illegal", "invasion", "gypsy camp", "evict", "section 6", "act 1994"]
)
def test_encampment_answers_keep_clear_of(topic, word):
    entry = KNOWLEDGE[topic]
    assert word not in f"{entry['title']} {entry['text']} {entry['sms']}".lower()


def test_every_kind_of_land_has_a_desk_in_every_district():
    assert set(DESKS["routes"]) == LAND_KINDS
    for land, rows in DESKS["routes"].items():
        assert set(rows) == DISTRICTS | {"unknown"}, land
        assert {row["desk"] for row in rows.values()} <= set(DESKS["desks"]), land


def test_desks_name_known_bodies_and_contacts():
    for name, desk in DESKS["desks"].items():
        assert desk["organisation"] is None or desk["organisation"] in ORGANISATIONS, name
        assert desk["contact"] is None or desk["contact"] in CONTACTS, name
        assert desk["acts"] in {"council", "owner", "agency", "check"}, name
    routed = {row["desk"] for rows in DESKS["routes"].values() for row in rows.values()}
    assert routed | set(DESKS["by_hand"]) == set(DESKS["desks"])
    assert not routed & set(DESKS["by_hand"])


def test_what_the_reporter_is_told_fits_one_text_and_promises_nothing(subtests):
    for where, told in TOLD.items():
        with subtests.test(where):
            assert septets(told) <= 160 and not not_gsm7(told)
            assert not {"will", "soon", "shall", "within", "must"} & set(
                told.lower().replace(".", "").split()
            )


def test_a_district_council_is_told_of_by_its_own_name():
    councils = {b["id"]: b["title"] for b in load("organisations.yml")["organisations"]}
    for district in DISTRICTS:
        row = DESKS["routes"]["park"][district]
        assert councils[DESKS["desks"][row["desk"]]["organisation"]] in row["told"]
