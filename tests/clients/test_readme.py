"""The README's snippets work as they stand there, but for the address, the cache id and the key."""

import re
import shutil
import subprocess

import pytest
from tests.clients.client import INTEGRATIONS
from tests.clients.conftest import emptied
from tests.clients.installs import ROOT, clean_environment, javascript_folder, python_with
from tests.clients.published import NEWEST
from tests.support.server import PRESET, Server

SNIPPET_TIMEOUT_S = 60
ANSWER = "Settings > Security > Reset."
ENTRY = {"prompt": "How do I reset my password?", "response": ANSWER}
SEARCH = {"prompt": "how can I reset my password"}
ASK_TWICE = """
from langchain_core.language_models import FakeListChatModel
model = FakeListChatModel(responses=["Paris.", "Not asked."])
print(model.invoke("Capital of France?").content, model.invoke("Capital of France?").content)
"""


def snippet(server: Server, heading: str) -> str:
    """The code under `**heading**`, filled in as the README asks."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^\*\*{heading}\*\*.*?^```\w+\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert found, heading
    filled = found[1].replace("CACHE_ID", PRESET.cache_id).replace("API_KEY", PRESET.api_key)
    return filled.replace("http://127.0.0.1:8080", server.url)


def pasted(*command: str) -> str:
    # In the folder where an `import` of JavaScript finds its packages; the others do not mind where they are.
    cwd = javascript_folder() if command[0] == "node" else ROOT
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=SNIPPET_TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def responses(server: Server) -> list[str]:
    return [hit["response"] for hit in server.call("POST", "/entries/search", SEARCH).body["data"]]


@pytest.fixture(autouse=True)
def _empty_cache(server: Server) -> None:
    emptied(server)


def test_the_python_snippet_stores_what_it_did_not_find(server: Server) -> None:
    python = python_with(NEWEST.name, f"langcache=={NEWEST.version}")

    pasted(str(python), "-c", snippet(server, "Python"))

    assert responses(server) == [ANSWER]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed: NOT TESTED.")
def test_the_javascript_snippet_finds_what_it_stores(server: Server) -> None:
    program = snippet(server, "JavaScript") + "console.log(found.data[0].response);"

    assert pasted("node", "--input-type=module", "--eval", program) == f"{ANSWER}\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: NOT TESTED.")
def test_the_curl_snippet_finds_what_is_stored(server: Server) -> None:
    server.call("POST", "/entries", ENTRY)

    assert ANSWER in pasted("sh", "-c", snippet(server, "curl"))


def test_after_the_langchain_snippet_a_model_is_asked_once(server: Server) -> None:
    python = python_with("integrations", *INTEGRATIONS)

    assert pasted(str(python), "-c", snippet(server, "LangChain") + ASK_TWICE) == "Paris. Paris.\n"
