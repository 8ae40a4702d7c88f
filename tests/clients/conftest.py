"""A started server, caches with every kind of embedder on it, and the published clients pointed at it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.client import Client, Drivers
from tests.clients.published import Colour, Published
from tests.embed.local_endpoint import LocalEndpoint
from tests.support.server import PRESET, Credentials, Server, serving

SETTINGS_FILE = """
[embedders.remote]
base_url = "{remote}"
model = "toy"
dimensions = 4
retries = 0

[embedders.dead]
base_url = "http://127.0.0.1:{dead_port}/v1"
model = "toy"
dimensions = 4
retries = 0
"""


@pytest.fixture(scope="session")
def drivers() -> Iterator[Drivers]:
    drivers = Drivers()
    yield drivers
    drivers.close()


@pytest.fixture(scope="session")
def running_endpoint() -> Iterator[LocalEndpoint]:
    with LocalEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running_endpoint: LocalEndpoint) -> Iterator[LocalEndpoint]:
    """The embeddings endpoint behind `remote_cache`; a test says what it answers."""
    works = running_endpoint.otherwise
    running_endpoint.arrived.clear()
    running_endpoint.may_go_on.clear()
    yield running_endpoint
    running_endpoint.may_go_on.set()
    running_endpoint.otherwise = works


@pytest.fixture(scope="session")
def settings_file(
    tmp_path_factory: pytest.TempPathFactory, running_endpoint: LocalEndpoint
) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("settings") / "askonce.toml"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Never listened on, and nobody else can: every connection is refused.
        dead_port = taken.getsockname()[1]
        path.write_text(SETTINGS_FILE.format(remote=running_endpoint.base_url, dead_port=dead_port))
        yield path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, settings_file: Path) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server") / "data", config=settings_file) as server:
        yield server


@pytest.fixture(scope="session")
def narrow_server(tmp_path_factory: pytest.TempPathFactory, settings_file: Path) -> Iterator[Server]:
    """It takes one request at a time."""
    data = tmp_path_factory.mktemp("narrow-server") / "data"
    with serving(data, config=settings_file, settings={"max_concurrent_requests": 1}) as server:
        yield server


@pytest.fixture(scope="session")
def other_cache(server: Server) -> Credentials:
    return server.create_cache("other")


@pytest.fixture(scope="session")
def plain_cache(server: Server) -> Credentials:
    """A cache that declares no attributes."""
    return server.create_cache("plain", "--no-attributes")


@pytest.fixture(scope="session")
def dead_cache(server: Server) -> Credentials:
    """A cache whose embedder can not be reached."""
    return server.create_cache("dead", "--embedder", "dead")


@pytest.fixture(scope="session")
def remote_cache(server: Server) -> Credentials:
    return server.create_cache("remote", "--embedder", "remote")


@pytest.fixture
def published(request: pytest.FixtureRequest) -> Published:
    """Which client the test runs with."""
    published: Published = request.node.callspec.params["client"][0]
    return published


@pytest.fixture
def client(request: pytest.FixtureRequest, drivers: Drivers, server: Server) -> Client:
    """The client that `every_client` names, pointed at the server's first cache, which is empty."""
    published: Published
    colour: Colour
    published, colour = request.param
    return Client(drivers.of(published), colour, server.url, emptied(server))


@pytest.fixture(params=["sync", "async"])
def redisvl(request: pytest.FixtureRequest, drivers: Drivers, server: Server) -> Client:
    return Client(drivers.of_integration("redisvl_driver"), request.param, server.url, emptied(server))


@pytest.fixture(params=["sync", "async"])
def langchain(request: pytest.FixtureRequest, drivers: Drivers, server: Server) -> Client:
    return Client(drivers.of_integration("langchain_driver"), request.param, server.url, emptied(server))


def emptied(server: Server) -> Credentials:
    answer = server.call("POST", "/flush")
    assert answer.status == 204, answer
    return PRESET
