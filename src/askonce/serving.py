"""The HTTP server around the API: its socket, and uvicorn, which tells us when it answers."""

import logging
import socket
from collections.abc import Callable

import uvicorn

from askonce.api.cors import Cors
from askonce.api.proxies import Proxies
from askonce.api.server import Front, Limits, Services, build
from askonce.errors import StartRefused
from askonce.settings import Settings
from askonce.tls import Certificate

log = logging.getLogger(__name__)

# Clients keep idle connections in a pool and do not repeat a POST that meets a closed one: this is longer
# than the published clients keep theirs (httpx: 5 s).
KEEP_ALIVE_S = 75


class Server(uvicorn.Server):
    """uvicorn, which tells us when it answers."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        certificate: Certificate | None,
        announce: Callable[[], None],
    ) -> None:
        config = uvicorn.Config(
            build(services, limits_of(settings), front_of(settings)),
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=max(1, settings.shutdown_timeout_ms // 1_000),
        )
        config.load()
        if certificate is not None:
            config.ssl = certificate.context
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()
        assert sockets is not None
        log.info("listening", extra={"url": url_of(sockets[0], is_tls=self.config.ssl is not None)})

    def stop(self) -> None:
        self.should_exit = True


def limits_of(settings: Settings) -> Limits:
    return Limits(
        max_body_bytes=settings.max_body_bytes,
        max_prompt_chars=settings.max_prompt_chars,
        max_response_chars=settings.max_response_chars,
        max_concurrent_requests=settings.max_concurrent_requests,
        request_timeout_s=settings.request_timeout_ms / 1_000,
    )


def front_of(settings: Settings) -> Front:
    return Front(
        cors=Cors(settings.cors_origins) if settings.cors_origins else None,
        proxies=Proxies(settings.trusted_proxies) if settings.trusted_proxies else None,
    )


def listener_of(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2_048)
    except OSError as error:
        raise StartRefused(
            f"Can not listen on {settings.host} port {settings.port}: {error.strerror or error}."
            " Choose another with --port."
        ) from error


def url_of(listener: socket.socket, *, is_tls: bool) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{'https' if is_tls else 'http'}://{shown}:{port}"
