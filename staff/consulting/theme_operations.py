"""Finding themes in the answers to a question: a run of its own each time, kept with who and when.

What is kept holds ids of answers, and of people's words only those that tell a theme from the others.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.content import Content
from staff.act import check_name
from staff.consulting.free_answers import read_last_themes, read_masked
from staff.consulting.masking import Masking
from staff.consulting.themes import Say, Theme, Themes, ThemesFailed, find_themes
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.run_words import without_answers

EXAMPLES = 3
# (project folder, (id, text) pairs, before=, say=) -> Themes: find_themes, or a fake in tests.
Finder = Callable[..., Themes]


@dataclass(frozen=True)
class ShownTheme:
    """`examples` are answers nearest its middle, masked."""

    id: str
    words: tuple[str, ...]
    size: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class ThemesFound:
    """`rest` is how many answers are of no theme; `known` how many themes the run before had too."""

    run: str
    answers: int
    rest: int
    known: int
    themes: tuple[ShownTheme, ...]


def find_and_keep_themes(
    database: Database,
    content: Content,
    root: Path,
    consultation: str,
    question: str,
    *,
    actor: str,
    now: datetime,
    say: Say = lambda step, done, of: None,
    finder: Finder = find_themes,
) -> ThemesFound:
    """Find themes anew; one of the run before that is still there keeps its id. Raises StaffError.

    It takes up to a minute for 5,000 answers, and no transaction lasts as long.
    """
    who = check_name(actor, "Who acts")
    with database.reading() as tx:
        answers = read_masked(tx, Masking.for_county(content), consultation, question, say)
        before = read_last_themes(tx, consultation, question)
        sealed = tx.responses.sealed(consultation)
    if not answers:
        raise StaffError(f"Nobody has answered {question} of {consultation} in words yet.")
    try:
        themes = finder(root, answers.items(), before=before, say=say)
    except ThemesFailed as error:
        raise StaffError(str(error)) from error
    counts = {"answers": len(answers), "themes": len(themes.themes), "rest": len(themes.rest)}

    def keep(tx: Transaction) -> str:
        now_sealed = tx.responses.sealed(consultation)
        # Taken back or put otherwise while themes were looked for: then nothing of the old words may be kept.
        gone = {id for id in answers if now_sealed.get(id) != sealed[id]}
        result = without_answers(json.loads(themes.to_json()), gone)
        run = tx.coding.keep_run(consultation, question, result, who, now)
        detail = {"question": question, "run": run, **counts}
        tx.audit.append(who, "themes.found", f"consultation:{consultation}", detail, now)
        return run

    known = {theme.id for theme in before.themes} if before is not None else set()
    return ThemesFound(
        run=database.run_blocking(keep),
        answers=len(answers),
        rest=len(themes.rest),
        known=sum(theme.id in known for theme in themes.themes),
        themes=tuple(_show(theme, answers) for theme in themes.themes),
    )


def _show(theme: Theme, answers: dict[str, str]) -> ShownTheme:
    examples = tuple(answers[id] for id in theme.examples[:EXAMPLES])
    return ShownTheme(theme.id, theme.words, theme.size, examples)
