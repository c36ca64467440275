"""The application: which routes there are and who may call each, security headers, faults as problem JSON."""

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from bot.chat_routes import get_messages, open_session, post_message, post_photo
from bot.consultation_routes import get_results
from bot.event_routes import get_event
from bot.exchange import NO_STORE, Door, Problem, get_door, problem_json
from bot.logs import place_of
from bot.my_data_routes import ask_code, show_data
from bot.open311_routes import (
    discovery,
    get_request,
    get_requests,
    get_token,
    post_request,
    service,
    services,
)
from bot.settings import ROOT
from bot.supplier_routes import take_sms, take_sms_status, take_telegram
from storage.errors import StorageBusy, StorageFull
from storage.states import InboxState

log = structlog.get_logger()

STATIC = ROOT / "bot" / "static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def make_app(door: Door, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    """The application over one Door. Every route names who may call it in `VERIFIED_BY`."""
    routes = [
        Route("/", _page, name="page"),
        Route("/chat/sessions", open_session, methods=["POST"], name="chat_sessions"),
        Route("/chat/messages", post_message, methods=["POST"], name="chat_post"),
        Route("/chat/messages", get_messages, methods=["GET"], name="chat_get"),
        Route("/chat/photos", post_photo, methods=["POST"], name="chat_photos"),
        Route("/telegram/webhook", take_telegram, methods=["POST"], name="telegram"),
        Route("/sms/webhook", take_sms, methods=["POST"], name="sms"),
        Route("/sms/status", take_sms_status, methods=["POST"], name="sms_status"),
        Route("/healthz", _healthy, name="healthz"),
        Route("/events/{id:str}.ics", get_event, name="event"),
        Route("/consultations/{id}", get_results, name="consultation_results"),
        Route("/consultations/{id}/{version}", get_results, name="consultation_results_of_version"),
        Route("/my-data", ask_code, methods=["GET"], name="my_data"),
        Route("/my-data", show_data, methods=["POST"], name="my_data_shown"),
        Route("/open311/discovery.{format}", discovery, name="open311_discovery"),
        Route("/open311/v2/services.{format}", services, name="open311_services"),
        Route("/open311/v2/services/{code}.{format}", service, name="open311_service"),
        Route("/open311/v2/requests.{format}", get_requests, methods=["GET"], name="open311_requests"),
        Route("/open311/v2/requests.{format}", post_request, methods=["POST"], name="open311_post"),
        Route("/open311/v2/requests/{id}.{format}", get_request, name="open311_request"),
        Route("/open311/v2/tokens/{id}.{format}", get_token, name="open311_token"),
        Route("/readyz", _ready, name="readyz"),
        Route("/metrics", _metrics, name="metrics"),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(_SecurityHeaders),
            Middleware(_OurFaults),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        exception_handlers={
            Problem: _problem,
            HTTPException: _http_problem,
            StorageBusy: _busy,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )
    app.state.door = door
    return app


# How each route knows its caller; a test holds every route to this list.
VERIFIED_BY = {
    "page": "open",
    "static": "open",
    "chat_sessions": "open",
    "chat_post": "session token",
    "chat_get": "session token",
    "chat_photos": "session token",
    "telegram": "secret header",
    "sms": "signature",
    "sms_status": "signature",
    "healthz": "open",
    "event": "open",
    "consultation_results": "open",
    "consultation_results_of_version": "open",
    "my_data": "open",
    "my_data_shown": "one-time code",
    "open311_discovery": "open",
    "open311_services": "open",
    "open311_service": "open",
    "open311_requests": "api key",
    "open311_post": "api key",
    "open311_request": "api key",
    "open311_token": "api key",
    "readyz": "open",
    "metrics": "loopback",
}


async def _page(request: Request) -> Response:
    return FileResponse(STATIC / "chat.html", headers={"Cache-Control": "no-cache"})


async def _healthy(request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


async def _ready(request: Request) -> Response:
    """200 while messages can be kept, with the state of the language model; 503 while they cannot."""
    door = get_door(request)
    state = await door.readiness() if door.readiness else {"ready": True}
    return JSONResponse(state, 200 if state["ready"] else 503, NO_STORE)


async def _metrics(request: Request) -> Response:
    """For the machine itself (Prometheus scrapes on loopback); a proxy in front must not pass it on."""
    host = request.client.host if request.client else ""
    if host not in ("127.0.0.1", "::1") or "x-forwarded-for" in request.headers:
        raise Problem(403, "Forbidden")
    door = get_door(request)
    inbox, outbox = await door.database.read(lambda tx: (tx.inbox.counts(), tx.outbox.counts()))
    set_aside = inbox.pop(InboxState.SET_ASIDE)
    door.metrics.set_queues(waiting=sum(inbox.values()), set_aside=set_aside, to_send=sum(outbox.values()))
    return Response(generate_latest(door.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_json(error.status, error.title, error.detail, headers=error.headers)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem_json(error.status_code, error.detail, headers=dict(error.headers or {}))


async def _busy(request: Request, error: Exception) -> Response:
    log.warning("storage.busy", full=isinstance(error, StorageFull))
    return problem_json(503, "Busy", "Please send it again in a moment.", headers={"Retry-After": "2"})


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=400)


class _SecurityHeaders:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = Headers(raw=message["headers"])
                message["headers"] = [
                    *message["headers"],
                    *((k.lower().encode(), v.encode()) for k, v in HEADERS.items() if k not in present),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _OurFaults:
    """Answers 500 where our own code failed, and notes the place.

    The server would log the error with its words, and those may be a citizen's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            if scope["type"] != "http":
                raise
            log.error("web.fault", error=type(error).__name__, place=place_of(error))
            if not begun:
                answer = problem_json(500, "Something went wrong on our side", "Please send it again.")
                await answer(scope, receive, send)
