"""From which network a web chat comes, as a keyed hash: by it staff see many answers from one place.

Never the address: the /24 of an IPv4 address or the /48 of an IPv6 one, hashed at once with the record's key. It is
taken only while a consultation is asked that is not anonymous, goes no further than the message (sealed, and emptied
with it), and is kept with an answer hashed again with the consultation's id, so that two consultations cannot be
joined by it. An address of no use (the machine's own, a private one, as behind a proxy that does not pass on whose
message it is) gives none: else all of a county would seem one network.
"""

from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

from bot.exchange import get_door
from flows.county import LONDON

PREFIX = {4: 24, 6: 48}


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
