"""Where a poster's code leads: straight into one consultation, at the door people use."""

from pathlib import Path
from urllib.parse import quote

import segno

from flows.consultations import Consultation, compile_form
from staff.errors import StaffError

DOORS = ("web", "telegram", "sms")
# A poster is printed small, folded and rained on: a quarter of the code may be lost.
ERRORS = "q"
QUIET_MODULES = 4  # around it, as ISO/IEC 18004 lays down


def deep_link(
    consultation: Consultation, door: str, *, public_url: str = "", telegram_bot: str = "", number: str = ""
) -> str:
    """The address that begins a consultation. Raises StaffError where something of it is not known."""
    start = compile_form(consultation).id
    if door == "web":
        if not public_url:
            raise StaffError("Where is the front door? Set PUBLIC_URL, or give --url https://...")
        return f"{public_url.rstrip('/')}/?start={start}"
    if door == "telegram":
        if not telegram_bot:
            raise StaffError("Which bot? Give its name with --bot, such as --bot WarwickshireFrontDoorBot.")
        return f"https://t.me/{telegram_bot.lstrip('@')}?start={start}"
    if door == "sms":
        if not number:
            raise StaffError("Which number? Set TWILIO_NUMBER, or give --number +44...")
        # Opens a text with the keyword written (RFC 5724; ?body= is what phones understand).
        return f"sms:{number}?body={quote(consultation.keywords[0])}"
    raise StaffError(f"{door} is no door. There are: {', '.join(DOORS)}.")


def write_qr(link: str, out: Path) -> int:
    """Write the code as SVG, black on white; returns how many modules it has on a side."""
    if out.suffix != ".svg":
        raise StaffError(f"{out.name}: the code is written as SVG; call it {out.with_suffix('.svg').name}.")
    code = segno.make(link, error=ERRORS, micro=False)
    try:
        code.save(str(out), kind="svg", scale=8, border=QUIET_MODULES, light="white", title=link)
    except OSError as error:
        raise StaffError(f"{out} cannot be written: {error.strerror}.") from error
    return int(code.symbol_size(border=0)[0])
