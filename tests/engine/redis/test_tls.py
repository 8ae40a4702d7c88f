"""TLS to Redis. The redis-server of the tests was built without it: a relay in front of it speaks TLS."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from tests.contract.samples import ANYWHERE, NOW_MS, direction, entry
from tests.engine.redis.conftest import Open
from tests.support.redis_server import RedisServer

from askonce.errors import EngineUnavailable


@asynccontextmanager
async def relay(server: RedisServer, certificate: Path) -> AsyncIterator[int]:
    """A port that takes TLS and hands everything on to `server`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(65_536):
                sink.write(chunk)
                await sink.drain()
            sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(pump(reader, outer), pump(inner, writer))

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("NO TLS IS TESTED: there is no openssl to make a certificate with")
    made = tmp_path / "redis.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", made.with_suffix(".key"), "-out", made], check=True)
    return made


async def test_a_redis_is_reached_by_tls_where_its_certificate_is_known_and_else_not(
    redis_server: RedisServer, open_engine: Open, certificate: Path, tmp_path: Path
) -> None:
    async with relay(redis_server, certificate) as port:
        options = {"url": f"rediss://localhost:{port}/0", "key_prefix": str(tmp_path)}
        engine = open_engine(redis_server, **options, ca_file=str(certificate))
        await engine.put("cache", entry("Why?"), direction(1))
        assert await engine.exact("cache", "why?", ANYWHERE, 1, NOW_MS) == [entry("Why?")]

        with pytest.raises(EngineUnavailable):
            await open_engine(redis_server, **options).ping()
        await engine.close()
