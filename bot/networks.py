"""From which network a web chat comes, as a keyed hash: by it staff see many answers from one place, and floods stop.

Never the address: the /24 of an IPv4 address or the /48 of an IPv6 one, hashed at once with the record's key. For a
message it is taken only while a consultation is asked that is not anonymous, goes no further than the message (sealed,
and emptied with it), and is kept with an answer hashed again with the consultation's id, so that two consultations
cannot be joined by it. Against floods it is counted by hashes of its own, which stand beside no chat and go within two
days. An address of no use (the machine's own, a private one, as behind a proxy that does not pass on whose
message it is) gives none: else all of a county would seem one network.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

import structlog
from starlette.requests import Request

from bot.exchange import Problem, get_door
from flows.county import LONDON
from storage.database import Transaction
from storage.senders import Admission

log = structlog.get_logger()

PREFIX = {4: 24, 6: 48}
WAIT = timedelta(seconds=60)
TOO_MANY = "Many people near you are writing just now. Please try again in a minute. In danger call 999."
NetworkLimit = Literal["chats", "messages"]


def mark_network(request: Request, now: datetime) -> dict[str, str]:
    """{"network": HASH} for a message's payload; {} where none is wanted or known."""
    door = get_door(request)
    if door.content is None:
        return {}
    today = now.astimezone(LONDON).date()
    asked = door.content().consultations.values()
    if not any(not each.is_anonymous and each.opens <= today <= each.closes for each in asked):
        return {}
    network = find_network(request.client.host if request.client is not None else "")
    return {"network": door.database.vault.index("web.network", network)} if network else {}


def is_admitted(request: Request, tx: Transaction, now: datetime, what: NetworkLimit) -> bool:
    """Counts one more of a network, and says whether it is not too many. Where none is known nothing is counted."""
    limits = get_door(request).limits
    network = find_network(request.client.host if request.client is not None else "")
    if limits is None or not network:
        return True
    most = limits.network_chats_per_hour if what == "chats" else limits.network_messages_per_minute
    within = timedelta(hours=1) if what == "chats" else timedelta(minutes=1)
    sender = tx.vault.index(f"web.{what}", network)
    admission = tx.senders.admit(sender, now, most=most, within=within, wait=WAIT)
    if admission is Admission.FIRST_OUT:
        tx.notices.add_now_and_then("network_flood", None, {"what": what}, now)
        log.warning("web.too_many", what=what)
    return admission is Admission.IN


def too_many() -> Problem:
    return Problem(429, "Too many at once", TOO_MANY, retry_after_seconds=int(WAIT.total_seconds()))


def find_network(host: str) -> str:
    """ "81.2.69.160" is of "81.2.69.0/24"; "" for what is no public address."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not address.is_global:
        return ""
    return str(ip_network(f"{address}/{PREFIX[address.version]}", strict=False))
