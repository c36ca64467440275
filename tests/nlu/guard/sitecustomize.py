"""Refuses and writes down every look-up or connection that leaves this machine. Python imports this by itself.

Copied into the folder a Rasa process has on its PYTHONPATH. One line a try goes to calls.log beside this
file; "guarded" first, so that a test can tell a quiet process from an unguarded one. The audit hook sees
all of Python's own sockets; uvloop has its own below them, and is therefore watched at its methods.
"""

import os
import sys
from pathlib import Path
from typing import Any

LOG = Path(__file__).with_name("calls.log")
EVENTS = {
    "socket.connect",
    "socket.sendto",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
}


def is_local(host: object) -> bool:
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    return host is None or text in {"", "localhost", "::1", "0.0.0.0"} or text.startswith("127.")


def write(line: str) -> None:
    with LOG.open("a", encoding="utf-8") as out:
        out.write(f"{os.getpid()} {line}\n")


def refuse(what: str, host: object) -> None:
    if not is_local(host):
        write(f"{what} {host!r}")
        raise OSError(f"{what} to {host!r} refused by the guard")


def on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    target = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
    if isinstance(target, tuple):
        target = target[0]
    elif event in {"socket.connect", "socket.sendto"}:
        return  # a path: a socket in the file system
    refuse(event, target)


def watch_uvloop() -> None:
    try:
        import uvloop
    except ImportError:
        return
    base = uvloop.Loop

    def getaddrinfo(self: Any, host: Any, *args: Any, **options: Any) -> Any:
        refuse("uvloop.getaddrinfo", host)
        return base_getaddrinfo(self, host, *args, **options)

    async def create_connection(self: Any, factory: Any, host: Any = None, *args: Any, **options: Any) -> Any:
        refuse("uvloop.create_connection", host)
        return await base_create_connection(self, factory, host, *args, **options)

    async def sock_connect(self: Any, sock: Any, address: Any) -> Any:
        refuse("uvloop.sock_connect", address[0] if isinstance(address, tuple) else None)
        return await base_sock_connect(self, sock, address)

    async def create_datagram_endpoint(
        self: Any, factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        refuse("uvloop.create_datagram_endpoint", remote_addr[0] if remote_addr else None)
        return await base_datagram(self, factory, local_addr, remote_addr, **options)

    base_getaddrinfo, base_create_connection = base.getaddrinfo, base.create_connection
    base_sock_connect, base_datagram = base.sock_connect, base.create_datagram_endpoint
    base.getaddrinfo, base.create_connection = getaddrinfo, create_connection
    base.sock_connect, base.create_datagram_endpoint = sock_connect, create_datagram_endpoint


write(f"guarded {sys.executable}")
sys.addaudithook(on_event)
watch_uvloop()
