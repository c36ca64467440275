"""`frontdoor train`, `parse` and `evaluate`: the language model by itself."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.desk_command import fail
from bot.settings import Settings, load_settings

out = Console()
err = Console(stderr=True)


def train() -> None:
    """Train the language model on nlu/data; does nothing where the model is current."""
    from nlu.train import TrainingFailed
    from nlu.train import train as train_model

    settings = load_settings(os.environ)
    try:
        train_model(settings.root, settings.environment.frontdoor_models, say=lambda line: err.print(line))
    except TrainingFailed as error:
        fail(str(error))


def parse(text: Annotated[str, typer.Argument(help="What a citizen might write.")]) -> None:
    """Print what the language model makes of a message, as JSON."""
    from bot.understanding import parse_once

    settings = load_settings(os.environ)
    say_where_model_is_old(settings)
    found = asyncio.run(parse_once(settings, text))
    if found is None:
        fail("The language model did not answer. Run `frontdoor train`, then try again.")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def evaluate(
    file: Annotated[Path, typer.Argument(help='JSON Lines: {"text", "label", "accept"?, "entities"?}.')],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON, and nothing else.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(help="Where the report goes.", show_default="evaluation.html in the data folder"),
    ] = None,
    slips: Annotated[
        int | None,
        typer.Option(help="Put slips of the finger into every fifth word first; a seed, such as 1."),
    ] = None,
    model_away: Annotated[
        bool,
        typer.Option("--model-away", help="Only danger, as it is found without Rasa: by rules or the table."),
    ] = False,
) -> None:
    """Measure how well the language model understands a file of messages, and write a report of what is wrong."""
    from bot.evaluating import CannotEvaluate, evaluate_danger_away, evaluate_file
    from bot.logs import configure_logs
    from nlu.evaluate import BadFile

    configure_logs(quiet=True)
    settings = load_settings(os.environ)
    try:
        if model_away:
            evaluate_danger_away(settings, file, as_json=as_json, slips=slips, out=out)
            return
        say_where_model_is_old(settings)
        evaluate_file(settings, file, as_json=as_json, html=html, slips=slips, out=out, err=err)
    except (BadFile, CannotEvaluate) as error:
        fail(str(error))


def say_where_model_is_old(settings: Settings) -> None:
    """Tells the operator that the model knows other messages, labels or words than the files now hold."""
    from nlu.train import find_model, is_current

    models = settings.environment.frontdoor_models
    model = find_model(settings.root, models)
    if model is not None and not is_current(settings.root, models):
        err.print(
            f"Understanding: {model.name} was trained from other data than the files now hold; "
            "it serves until `frontdoor train` has made a new one.",
            soft_wrap=True,
        )
