"""A published client as a test sees it: a driver process that holds it, and one cache it talks to."""

import json
import select
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.clients.installs import JAVASCRIPT, ROOT, clean_environment, javascript_folder, python_with
from tests.clients.published import Colour, Published, TypedError
from tests.support.server import Credentials, Json

REPLY_TIMEOUT_S = 30  # Longer than any client waits for an answer (httpx: 5 s).
# One environment for both, as a LangChain user has it. 0.14.0 is the `langcache` that both ask for.
INTEGRATIONS = ("langchain-redis==0.2.6", "redisvl==0.28.0", "langcache==0.14.0")


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception of a client: its exact class, and what it read from the answer."""

    kind: str
    package: str
    status: int | None
    problem: Json  # The parsed body; None if the client has no typed error for the status.
    retry_after: str | None
    text: str

    @property
    def error(self) -> TypedError:
        return TypedError(self.kind, self.problem["type"] if self.problem else "")


class Driver:
    """A driver program, started in its client's environment, spoken to in lines of JSON."""

    def __init__(self, *command: str, cwd: Path) -> None:
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115 (`close` closes it)
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )

    def ask(self, request: Json) -> Json:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        has_replied, _, _ = select.select([stdout], [], [], REPLY_TIMEOUT_S)
        line = stdout.readline() if has_replied else ""
        if not line:
            self._stderr.seek(0)
            raise RuntimeError(f"The driver did not reply. It printed:\n{self._stderr.read()}")
        return json.loads(line)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._stderr.close()


@dataclass(frozen=True, slots=True)
class Client:
    """One client in one colour, pointed at one cache."""

    driver: Driver
    colour: Colour
    url: str
    cache: Credentials
    is_anonymous: bool = False

    def at(self, cache: Credentials) -> "Client":
        return replace(self, cache=cache)

    def below(self, url: str) -> "Client":
        return replace(self, url=url)

    def anonymous(self) -> "Client":
        return replace(self, is_anonymous=True)

    def call(self, method: str, **arguments: object) -> Json:
        """What the client returned, under the API's own field names."""
        outcome = self._ask(method, arguments)
        assert "answer" in outcome, outcome
        return outcome["answer"]

    def refused(self, method: str, **arguments: object) -> Raised:
        outcome = self._ask(method, arguments)
        assert "raised" in outcome, outcome
        return Raised(**outcome["raised"])

    def set(self, prompt: str, response: str, **arguments: object) -> str:
        """The entry's id."""
        entry_id = self.call("set", prompt=prompt, response=response, **arguments)["entryId"]
        assert isinstance(entry_id, str)
        return entry_id

    def hits(self, prompt: str, **arguments: object) -> list[Json]:
        hits = self.call("search", prompt=prompt, **arguments)["data"]
        assert isinstance(hits, list)
        return hits

    def responses(self, prompt: str, **arguments: object) -> list[str]:
        return [hit["response"] for hit in self.hits(prompt, **arguments)]

    def _ask(self, method: str, arguments: dict[str, object]) -> dict[str, Json]:
        cache = {"server_url": self.url, "cache_id": self.cache.cache_id}
        if not self.is_anonymous:
            cache["api_key"] = self.cache.api_key
        reply = self.driver.ask(
            {"method": method, "colour": self.colour, "cache": cache, "arguments": arguments}
        )
        assert isinstance(reply, dict)
        return reply


class Drivers:
    """Each driver once a test process: a start takes half a second, a call some milliseconds."""

    def __init__(self) -> None:
        self._started: dict[str, Driver] = {}

    def of(self, published: Published) -> Driver:
        if published.package == "javascript":
            return self._javascript()
        return self._python(
            published.name, "langcache_driver", (f"{published.package}=={published.version}",)
        )

    def of_integration(self, module: str) -> Driver:
        """`redisvl_driver` or `langchain_driver`."""
        return self._python("integrations", module, INTEGRATIONS)

    def close(self) -> None:
        for driver in self._started.values():
            driver.close()

    def _python(self, environment: str, module: str, requirements: tuple[str, ...]) -> Driver:
        name = f"{environment} {module}"
        if name not in self._started:
            python = python_with(environment, *requirements)
            self._started[name] = Driver(str(python), "-m", f"tests.clients.drivers.{module}", cwd=ROOT)
        return self._started[name]

    def _javascript(self) -> Driver:
        if shutil.which("node") is None or shutil.which("npm") is None:
            pytest.skip(
                "Node.js is not installed: THE JAVASCRIPT CLIENT IS NOT TESTED. Install node and npm."
            )
        if "javascript" not in self._started:
            # Node resolves imports beside the program, not in its working directory: the driver is fed to it.
            program = (JAVASCRIPT / "driver.mjs").read_text(encoding="utf-8")
            self._started["javascript"] = Driver(
                "node", "--input-type=module", "--eval", program, cwd=javascript_folder()
            )
        return self._started["javascript"]
