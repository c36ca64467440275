"""`frontdoor cases packet`: a page for the owner of private land."""

from pathlib import Path
from typing import Annotated

import typer

from bot.desk_command import AsJson, Reference, Who, actor, fail, now, opened, say


def packet(
    reference: Reference,
    output: Annotated[Path, typer.Option("-o", "--output", help="The page to write.")] = Path("packet.html"),
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where another desk than the landowner's has it.")
    ] = False,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Write a page for the owner of private land: what was reported, and the approved words on what helps."""
    with opened() as desk:
        from bot.pages import render_page, write_page
        from bot.settings import ROOT
        from flows.county import LONDON, ContactsFile
        from flows.office import QuietHours
        from flows.yaml_lines import read_yaml
        from staff.act import perform
        from staff.packet import make_packet

        contacts = ContactsFile.model_validate(read_yaml(ROOT / "county" / "contacts.yml")).contacts
        at = now()
        made = perform(
            desk.database,
            desk.content,
            QuietHours(**desk.settings.config.quiet_hours.model_dump()),
            actor(who),
            at,
            lambda act: make_packet(act, reference, contacts, anyway=anyway),
        )
        local = at.astimezone(LONDON)
        page = render_page("packet.html", packet=made, made=f"{local.day} {local:%B %Y}")
        try:
            write_page(output, page)
        except OSError as error:
            fail(f"{output} cannot be written ({error.strerror}). Please give another file with -o.")
    say(f"Written to {output}.", as_json=as_json, reference=made.reference, file=str(output))
