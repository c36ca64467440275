"""Which language a message is in: told where it is sure, and English never taken for another."""

import json
import subprocess
import unicodedata
from pathlib import Path

import pytest

from flows.safety import plain_words
from nlu.components.language_guess import LanguageGuesser, load_lexicon
from nlu.rasa_process import get_python, make_environment

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("language_probe.py")
VALIDATION = ROOT / "tests/nlu/validation.jsonl"
# Two of these in a message, and it is English.
ENGLISH = frozenset(
    "the and my is are was have been with they there what how when someone from who you".split()
)


@pytest.fixture(scope="module")
def guesser() -> LanguageGuesser:
    return LanguageGuesser(load_lexicon())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("chciałbym zgłosić włamanie do garażu", "pl", id="Polish"),
        pytest.param("ktos wczoraj rozbil mi szybe w aucie, co mam robic", "pl", id="Polish without accents"),
        pytest.param("czesc, w jakich godzinach jest office", "pl", id="Polish with English in it"),
        pytest.param("Aș dori să vorbesc cu cineva despre gălăgia de la vecini", "ro", id="Romanian"),
        pytest.param("mi au luat bicicleta din fata casei azi dimineata", "ro", id="Romanian, no accents"),
        pytest.param("Entraram na minha garagem e levaram as ferramentas", "pt", id="Portuguese"),
        pytest.param(
            "nao sei o que fazer, o vizinho faz barulho toda a noite", "pt", id="Portuguese, no accents"
        ),
        pytest.param("ਮੇਰੀ ਸਾਈਕਲ ਚੋਰੀ ਹੋ ਗਈ", "pa", id="Panjabi"),
        pytest.param("ਮੈਂ Horse Watch ਬਾਰੇ ਪੁੱਛਣਾ ਹੈ", "pa", id="Panjabi with English names"),
        pytest.param("mainu apni cycle bare report karni hai", "pa", id="Panjabi in Latin letters"),
        pytest.param("sadi gali vich bahut rola hunda", "pa", id="Panjabi in Latin letters, no English"),
        pytest.param("У мене вкрали велосипед біля станції", "uk", id="Ukrainian"),
        pytest.param(
            "dobryi den, meni treba povidomyty pro kradizhku", "uk", id="Ukrainian in Latin letters"
        ),
        pytest.param("мы хотим спросить о соседях, вы можете помочь", "ru", id="Russian by its letters"),
        pytest.param("میری سائیکل چوری ہو گئی ہے", "ur", id="Urdu by its letters"),
        pytest.param("سرقت دراجتي", "ar", id="Arabic"),
        pytest.param("मेरी साइकिल चोरी हो गई", "hi", id="Hindi"),
        pytest.param("je voudrais signaler un vol chez mon voisin", "fr", id="French, by the library alone"),
    ],
)
def test_a_language_is_told(guesser, text, name):
    guess = guesser.guess(text)
    assert guess is not None and guess.name == name
    assert 0.9 <= guess.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "?",
            "6",
            "CV34 6PH",
            "EN-7K3F-2QX",
            "ok",
            "no",
            "tak",
            "da",
            "sim",
            "ji",
            "hi",
            "menu",
            "ta",
        ),
        *("wot do i do m8 sum1 nicked me quad", "thx ur a star", "pls cn u hlp", "yh its nr the rec", "lol"),
        *(
            "teh caravns ar on teh feild agen",
            "nieghbours makign noise evry nite",
            "polcie station openign tiems",
        ),
        *("Kowalski, 4 Warszawa Close", "Mrs Kaur from Gurdwara Road", "Lake Como", "Banbury Road, Southam"),
        *("i pay mi rent", "me mam an da", "the sim card", "no no no", "la la la", "do a survey in Polish"),
        *("\U0001f44d\U0001f600", "\u03bc", "\x00\x01", "\ud800\udfff", "\u200b\u202e", "____", "a" * 10_000),
    ],
)
def test_english_and_what_is_too_short_or_no_language_get_none(guesser, text):
    assert guesser.guess(text) is None


def test_english_is_not_taken_for_another_language(guesser):
    """The messages kept for judging; some are in other languages, so only those with two English words count."""
    texts = [json.loads(line)["text"] for line in VALIDATION.read_text(encoding="utf-8").splitlines()]
    english = [text for text in texts if len(ENGLISH & set(plain_words(text).split())) >= 2]
    wrong = [text for text in english if guesser.guess(text) is not None]
    assert len(english) > 500
    assert len(wrong) <= 0.003 * len(english), wrong


def test_a_long_message_is_told_by_its_beginning(guesser):
    assert guesser.guess("prosze o pomoc, ktos chodzi po ogrodzie " * 2_000).name == "pl"


def test_accents_typed_apart_are_the_same_letters(guesser):
    together = "ła\u0119ś\u0107 zażółć"
    apart = unicodedata.normalize("NFD", together)
    assert together != apart and guesser.guess(together) == guesser.guess(apart)


def test_the_lexicon_holds_plain_words():
    """Words are looked up as plain_words writes them: one with a capital or an accent would never be found."""
    lexicon = load_lexicon()
    assert set(lexicon.own) >= {"pl", "ro", "pt", "pa", "uk"}
    for words in lexicon.words.values():
        assert [word for word in words if plain_words(word) != word] == []


@pytest.mark.slow
@pytest.mark.skipif(not get_python(ROOT).exists(), reason="Rasa's environment .venv-nlu is not set up")
def test_the_component_marks_messages_in_rasas_own_environment(tmp_path):
    done = subprocess.run(
        [get_python(ROOT), PROBE, "chce porozmawiac po polsku", "what can i do here", ""],
        env=make_environment(ROOT, tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    polish, english, nothing = json.loads(done.stdout)
    assert polish["language"]["name"] == "pl" and polish["language"]["confidence"] >= 0.9
    assert "language" not in english and "language" not in nothing
