"""The stand-ins themselves: a fault that is not played as planned would make its tests worthless."""

import socket

import httpx
import pytest
from fake_server import ACCEPT_THEN_DROP, DROP, Answer, FakeServer, Fault, Request


class Echo(FakeServer):
    def __init__(self) -> None:
        super().__init__()
        self.effects: list[dict[str, str]] = []

    def respond(self, request: Request) -> Answer:
        with self.lock:
            self.effects.append(dict(request.fields))
        return Answer(200, {"path": request.path, "query": dict(request.query)})


def test_answers_and_remembers() -> None:
    with Echo() as server, httpx.Client() as client:
        answer = client.post(f"{server.url}/a/b?c=%2B1", data={"text": "é & 🙂", "blank": ""})
        assert answer.json() == {"path": "/a/b", "query": {"c": "+1"}}
        assert server.effects == [{"text": "é & 🙂", "blank": ""}]
        assert (server.requests[0].method, server.requests[0].path) == ("POST", "/a/b")
        client.post(server.url, json={"a": 1, "b": "x"})
        assert server.effects[-1] == {"a": "1", "b": "x"}


@pytest.mark.parametrize(("fault", "effects"), [(DROP, 0), (ACCEPT_THEN_DROP, 1)])
def test_a_dropped_connection_gives_no_answer(fault: Fault, effects: int) -> None:
    with Echo() as server, httpx.Client() as client:
        server.plan(fault)
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(server.url)
        assert len(server.effects) == effects
        assert client.post(server.url).status_code == 200


def test_a_fault_meets_only_the_requests_it_is_planned_for() -> None:
    with Echo() as server, httpx.Client() as client:
        server.plan(Fault(Answer(500, b"")), times=2, where=lambda request: request.path == "/a")
        paths = ["/b", "/a", "/a", "/a"]
        assert [client.get(server.url + path).status_code for path in paths] == [200, 500, 500, 200]
        assert len(server.effects) == 2
        server.plan(Fault(Answer(500, b"")))
        server.clear_plans()
        assert client.get(server.url).status_code == 200


def test_a_hang_outlasts_the_clients_patience_and_can_still_take_effect() -> None:
    with Echo() as server, httpx.Client(timeout=0.2) as client:
        server.plan(Fault(takes_effect=True, hang_seconds=0.5))
        with pytest.raises(httpx.ReadTimeout):
            client.post(server.url)
        assert server.wait_for(lambda: len(server.effects) == 1)


def test_a_stopped_server_is_gone_for_kept_connections_too_and_can_come_back() -> None:
    server = Echo().start()
    with httpx.Client() as client:
        url, port = server.url, int(server.url.rsplit(":", 1)[1])
        assert client.get(url).status_code == 200
        server.stop()
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                client.get(url)
        server.start(port)
        assert client.get(url).status_code == 200
        server.stop()
    assert len(server.effects) == 2


def test_waiting_for_what_never_comes_ends() -> None:
    with Echo() as server:
        assert not server.wait_for(lambda: False, seconds=0.05)


def test_a_client_that_dies_in_mid_request_made_no_call() -> None:
    with Echo() as server:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as line:
            line.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\ntext=")
        with httpx.Client() as client:
            client.post(server.url, data={"text": "whole"})
        assert server.effects == [{"text": "whole"}]
