"""Counts for Prometheus: never a phone number, a chat id or a word as a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """One registry a process builds; counts by channel."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._accepted = Counter(
            "frontdoor_messages_accepted", "Messages kept", ["channel"], registry=self.registry
        )
        self._repeated = Counter(
            "frontdoor_messages_repeated",
            "Messages that had been kept before",
            ["channel"],
            registry=self.registry,
        )
        self._waiting = Gauge(
            "frontdoor_inbox_waiting", "Messages kept, not yet answered", registry=self.registry
        )
        self._set_aside = Gauge(
            "frontdoor_inbox_set_aside", "Messages that could not be answered", registry=self.registry
        )
        self._to_send = Gauge(
            "frontdoor_outbox_waiting", "Messages promised, not yet sent", registry=self.registry
        )
        self._understanding = Gauge(
            "frontdoor_understanding_ready", "1 while the language model answers", registry=self.registry
        )

    def accepted(self, channel: str) -> None:
        self._accepted.labels(channel).inc()

    def repeated(self, channel: str) -> None:
        self._repeated.labels(channel).inc()

    def set_queues(self, *, waiting: int, set_aside: int, to_send: int) -> None:
        self._waiting.set(waiting)
        self._set_aside.set(set_aside)
        self._to_send.set(to_send)

    def set_understanding(self, *, ready: bool) -> None:
        self._understanding.set(1 if ready else 0)
