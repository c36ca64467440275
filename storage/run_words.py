"""What a run of themes holds of people's words: with the first answer that goes, a theme loses all of its own.

A run has ids of answers, and the words that tell a theme from the others (`label`). Nobody can say any more whose
such a word is; so it is not asked. Finding themes anew gives a theme words again, of the answers there are then.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select, update

from storage.tables import responses, theme_runs

Result = dict[str, Any]


def without_answers(result: Result, gone: Collection[str], *, stay_counted: bool = False) -> Result:
    """A run without these answers. `stay_counted`: their words went alone, what theme they were of stays."""
    return {
        "themes": [_without(theme, gone, stay_counted=stay_counted) for theme in result["themes"]],
        "rest": [id for id in result["rest"] if stay_counted or id not in gone],
    }


def forget_in_runs(
    connection: Connection,
    response: str,
    questions: Collection[str] | None = None,
    *,
    stays_counted: bool = False,
) -> None:
    """Of one response, which is still there, in the runs of all or of some questions."""
    of = select(responses.c.consultation).where(responses.c.id == response).scalar_subquery()
    query = select(theme_runs.c.id, theme_runs.c.result).where(theme_runs.c.consultation == of)
    if questions is not None:
        query = query.where(theme_runs.c.question.in_(questions))
    for id, result in connection.execute(query.with_for_update()).all():
        _keep(connection, id, result, without_answers(result, {response}, stay_counted=stays_counted))


def tidy_run(connection: Connection, id: str, over: ColumnElement[bool]) -> bool:
    """Take out answers that count no more, and where its consultation is `over` all words; False where none was."""
    runs = theme_runs.c
    query = select(runs.consultation, runs.result, case((over, 1), else_=0)).where(runs.id == id)
    found = connection.execute(query.with_for_update(of=theme_runs)).one_or_none()
    if found is None:
        return False
    consultation, result, is_over = found
    counted = set(
        connection.execute(
            select(responses.c.id).where(
                responses.c.consultation == consultation, responses.c.withdrawn_at.is_(None)
            )
        ).scalars()
    )
    gone = {id for id in _answers(result) if id not in counted}
    left = without_answers(result, gone) if gone else result
    if is_over:
        # The middle of a theme is what its words mean, put in numbers.
        bare: Result = {"label": [], "examples": [], "centre": []}
        left = {**left, "themes": [theme | bare for theme in left["themes"]]}
    return _keep(connection, id, result, left)


def _without(theme: Result, gone: Collection[str], *, stay_counted: bool) -> Result:
    if not any(member["id"] in gone for member in theme["members"]):
        return theme
    members = [m for m in theme["members"] if stay_counted or m["id"] not in gone]
    examples = [id for id in theme["examples"] if id not in gone]
    # The middle of many says nothing of one; with the last of them it goes.
    centre = theme["centre"] if any(m["id"] not in gone for m in theme["members"]) else []
    told = {"members": members, "size": len(members), "examples": examples, "label": [], "centre": centre}
    return {**theme, **told}


def _answers(result: Result) -> set[str]:
    return {member["id"] for theme in result["themes"] for member in theme["members"]} | set(result["rest"])


def _keep(connection: Connection, id: str, before: Result, now: Result) -> bool:
    if now == before:
        return False
    connection.execute(update(theme_runs).where(theme_runs.c.id == id).values(result=now))
    return True
