"""Every setting, on one line each: name, default, unit, bounds, meaning. Read once at start, then passed on.

A setting is a flag (`--embed-threads`), an environment variable (`ASKONCE_EMBED_THREADS`) and a line of
`askonce.toml` (`embed_threads = 2`), in that order of precedence. An unknown one is an error, wherever it
stands. Embedders beside the bundled one are tables of the file, `[embedders.NAME]`, and so are engines beside
the embedded one, `[engines.NAME]`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from askonce.errors import BadSetting, StartRefused
from askonce.forms import Form, network, origin

ENVIRONMENT_PREFIX = "ASKONCE_"
CONFIG_VARIABLE = "ASKONCE_CONFIG"
DEFAULT_CONFIG = Path("askonce.toml")
BUNDLED_EMBEDDER = "bundled"
EMBEDDED_ENGINE = "default"
ENGINE_NAME = re.compile(r"[A-Za-z0-9-]{1,32}")  # As a `databaseId` of the API.
TABLES = ("embedders", "engines")  # Only in the file.

LogFormat = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
Durability = Literal["power-loss", "process"]
NearMissMode = Literal["prompts", "facts", "off"]
VectorIndex = Literal["flat", "hnsw"]


def setting(
    default: object, meaning: str, *, unit: str = "", least: float | None = None, most: float | None = None
) -> Any:
    """One line of `Settings`. `least` and `most` are inclusive bounds of a number."""
    return field(default=default, metadata={"meaning": meaning, "unit": unit, "least": least, "most": most})


def several(meaning: str, form: Form) -> Any:
    """A setting of any number of texts of one form: a list in the file, elsewhere separated by commas."""
    return field(default=(), metadata={"meaning": meaning, "unit": "", "form": form})


def secret(meaning: str, default: str | None = None) -> Any:
    """A setting whose value never shows in a repr, a log or a reference page."""
    return field(default=default, repr=False, metadata={"meaning": meaning, "unit": "", "secret": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSettings:
    """An OpenAI-compatible embeddings endpoint: the table `[embedders.NAME]` of the settings file."""

    base_url: str = setting("", "Address up to and with `/v1`; required.")
    model: str = setting("", "The model's name at its provider; required.")
    dimensions: int = setting(0, "Length of its vectors; required.", least=1, most=16_384)
    api_key_env: str = setting("", "Name of the environment variable that holds its key; empty: no key.")
    send_dimensions: bool = setting(False, "Ask for `dimensions`, of a model that can shorten its vectors.")
    timeout_ms: int = setting(5_000, "For one text, all retries included.", unit="ms", least=1, most=600_000)
    retries: int = setting(2, "Tries after the first.", least=0, most=10)
    batch_size: int = setting(64, "Most texts in one request.", least=1, most=2_048)
    max_chars: int = setting(8_192, "A longer text only matches exactly.", unit="characters", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """A Redis with the query engine: the table `[engines.NAME]` of the settings file."""

    url: str = secret(
        "`redis://host:port/number`, `rediss://…` (TLS), `unix://…` or `redis+sentinel://…`; required.",
        default="",
    )
    password_env: str = setting("", "Name of the environment variable that holds the password; empty: none.")
    ca_file: str = setting("", "Certificates that a `rediss://` server is known by; empty: the system's.")
    key_prefix: str = setting(
        "askonce", "What every key begins with; servers with the same one share caches."
    )
    index: VectorIndex = setting("flat", "`flat` misses nothing; `hnsw` is for millions of entries, and may.")
    timeout_ms: int = setting(
        1_000, "For one call, all retries included; past it: 424.", unit="ms", least=1, most=600_000
    )
    retries: int = setting(2, "Tries after the first, of what can be repeated.", least=0, most=10)
    connections: int = setting(64, "Most connections at once.", least=1, most=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str = setting("127.0.0.1", "Address to listen on.")
    port: int = setting(8080, "Port to listen on; 0 picks a free one.", least=0, most=65_535)
    data: Path = setting(Path("askonce-data"), "Directory of everything that is kept.")
    catalog: str = setting(
        "", "Name of the engine that keeps caches and keys too, for servers that share them."
    )

    tls_certificate: Path | None = setting(None, "PEM file of a certificate and its chain: serve HTTPS.")
    tls_key: Path | None = setting(None, "PEM file of its key, where that is not in the same file.")
    cors_origins: tuple[str, ...] = several("Origins whose pages may call: with commas; `*`: any.", origin)
    trusted_proxies: tuple[str, ...] = several(
        "Addresses and networks whose `X-Forwarded-For` and `-Proto` are believed: with commas.", network
    )

    admin_token: str | None = secret("The admin token, in place of one made at the first start.")
    cache_id: str | None = setting(None, "Id of the first start's cache: 32 lowercase hex characters.")
    api_key: str | None = secret("A key with full access to that cache, in place of one made for it.")

    durability: Durability = setting(
        "power-loss", "What a 201 survives: `power-loss`, or a killed `process`."
    )
    embed_threads: int = setting(0, "Threads of the bundled models; 0: one a core.", least=0, most=256)
    embed_timeout_ms: int = setting(5_000, "Longest wait for a vector.", unit="ms", least=1, most=600_000)
    judge_timeout_ms: int = setting(2_000, "Longest wait for the judge; past it: a veto.", unit="ms", least=1)
    memo_entries: int = setting(10_000, "Vectors kept of texts embedded lately.", least=0)

    max_body_bytes: int = setting(4_194_304, "Largest request body.", unit="bytes", least=1_024)
    max_prompt_chars: int = setting(65_536, "Longest prompt.", unit="characters", least=1)
    max_response_chars: int = setting(1_048_576, "Longest response.", unit="characters", least=1)
    max_concurrent_requests: int = setting(
        512, "Requests under way at once; one more: 429. An eighth more for caches with few.", least=1
    )
    request_timeout_ms: int = setting(10_000, "Longest time for a request; past it: 424.", unit="ms", least=1)
    sweep_interval_ms: int = setting(1_000, "Pause between sweeps of expired entries.", unit="ms", least=10)
    shutdown_timeout_ms: int = setting(10_000, "Longest wait for them at a stop.", unit="ms", least=0)

    # Facts are what an operator needs to see that something is missed; words are the users' own, and are kept
    # only where an operator asked for it.
    near_miss_log: NearMissMode = setting(
        "facts", "Candidates that were not served: keep them with `prompts`, as `facts` only, or `off`."
    )
    near_miss_entries: int = setting(1_000, "Near misses kept of a cache.", least=1, most=100_000)

    log_format: LogFormat = setting("console", "`console` for people, `json` for machines.")
    log_level: LogLevel = setting("info", "Least severity that is logged; requests are `info`.")

    embedders: Mapping[str, EmbedderSettings] = field(default_factory=dict)
    engines: Mapping[str, EngineSettings] = field(default_factory=dict)


def load(flags: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """Settings from flags (None: not given), then `environ`, then the file. Raises `BadSetting`.

    `config` of None means ASKONCE_CONFIG, else `askonce.toml` where it exists.
    """
    types = _types(Settings)
    values = _from_file(config, environ)
    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name in TABLES or name not in types:
            raise BadSetting(variable, "the environment", "there is no such setting.")
        if not text:
            continue  # Compose files and CI systems pass what is unset as an empty text.
        values[name] = _parsed(Settings, name, types[name], text, "the environment")
    for name, value in flags.items():
        if value is not None:
            values[name] = _parsed(Settings, name, types[name], value, "the command line")
    return Settings(**cast(dict[str, Any], values))


def _from_file(config: Path | None, environ: Mapping[str, str]) -> dict[str, object]:
    path = config or (Path(environ[CONFIG_VARIABLE]) if CONFIG_VARIABLE in environ else None)
    if path is None:
        if not DEFAULT_CONFIG.exists():
            return {}
        path = DEFAULT_CONFIG
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StartRefused(f"The settings file {path} can not be read: {error}") from error
    embedders, engines = (_tables(table.pop(kind, {}), kind, str(path)) for kind in TABLES)
    values = _table(Settings, table, str(path))
    if BUNDLED_EMBEDDER in embedders:
        raise BadSetting("embedders", str(path), f"{BUNDLED_EMBEDDER!r} is the name of the bundled embedder.")
    values["embedders"] = {
        name: _embedder(one, f"{path}, [embedders.{name}]") for name, one in embedders.items()
    }
    values["engines"] = {
        name: _engine(name, one, f"{path}, [engines.{name}]") for name, one in engines.items()
    }
    return values


def _tables(given: Any, kind: str, source: str) -> dict[str, dict[str, object]]:
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise BadSetting(kind, source, f"it must be tables, `[{kind}.NAME]`.")
    return given


def _engine(name: str, table: Mapping[str, object], source: str) -> EngineSettings:
    if name == EMBEDDED_ENGINE or not ENGINE_NAME.fullmatch(name):
        rule = f"a name is 1 to 32 letters, digits and hyphens, and not {EMBEDDED_ENGINE!r}."
        raise BadSetting("engines", source, rule)
    values = _table(EngineSettings, table, source)
    if not values.get("url"):
        raise BadSetting("url", source, "it is required.")
    prefix = str(values.get("key_prefix", ""))
    if "{" in prefix or "}" in prefix:
        raise BadSetting("key_prefix", source, "it must hold no braces: a Redis Cluster reads them.")
    return EngineSettings(**cast(dict[str, Any], values))


def _embedder(table: Mapping[str, object], source: str) -> EmbedderSettings:
    values = _table(EmbedderSettings, table, source)
    for name in ("base_url", "model", "dimensions"):
        if not values.get(name):
            raise BadSetting(name, source, "it is required.")
    return EmbedderSettings(**cast(dict[str, Any], values))


def _table(owner: type, table: Mapping[str, object], source: str) -> dict[str, object]:
    types = _types(owner)
    values: dict[str, object] = {}
    for name, value in table.items():
        if name not in types:
            raise BadSetting(name, source, "there is no such setting.")
        values[name] = _parsed(owner, name, types[name], value, source)
    return values


def _types(owner: type) -> dict[str, Any]:
    return get_type_hints(owner)


def _parsed(owner: type, name: str, kind: Any, value: object, source: str) -> object:
    """`value` (text, or already typed by TOML or a flag) as the setting's type and within its bounds."""
    metadata = next(one.metadata for one in fields(owner) if one.name == name)
    try:
        parsed = _as_type(kind, value)
        if "form" in metadata:
            for each in cast(tuple[str, ...], parsed):
                metadata["form"](each)
    except ValueError as error:
        shown = "" if metadata.get("secret") else f" Given: {value!r}."
        raise BadSetting(name, source, f"{error}{shown}") from None
    least, most = metadata.get("least"), metadata.get("most")
    if isinstance(parsed, int | float) and not isinstance(parsed, bool):
        if least is not None and parsed < least:
            raise BadSetting(name, source, f"it must be {least} or more. Given: {parsed}.")
        if most is not None and parsed > most:
            raise BadSetting(name, source, f"it must be {most} or less. Given: {parsed}.")
    return parsed


def _as_type(kind: Any, value: object) -> object:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"it must be one of {', '.join(map(repr, get_args(kind)))}.")
        return value
    if kind is bool:
        return _as_bool(value)
    if kind is int:
        return _as_int(value)
    if get_origin(kind) is tuple:
        return _as_texts(value)
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("it must be a text that is not empty.")
    return Path(value) if Path in (kind, *get_args(kind)) else str(value)


def _as_bool(value: object) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise ValueError("it must be true or false.")


def _as_texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(text.strip() for text in value.split(",") if text.strip())
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise ValueError("it must be a list of texts.")


def _as_int(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise ValueError("it must be a whole number.")


def reference_page() -> str:
    """Every setting as Markdown: what `askonce settings` prints and docs/settings.md holds."""
    return "\n".join(
        [
            "# Settings",
            "",
            "Generated by `askonce settings`. Precedence: flag, environment variable, line of the settings"
            " file (`--config`, `ASKONCE_CONFIG`, else `askonce.toml` in the working directory).",
            "An unknown setting is an error, wherever it stands; an empty variable counts as unset.",
            "",
            *_rows(Settings, "| flag | variable | line | default | meaning |", flagged=True),
            "",
            "## Embedders: `[embedders.NAME]`",
            "",
            "An OpenAI-compatible embeddings endpoint that a cache can be made with"
            " (`askonce cache create … --embedder NAME`). Only in the settings file.",
            "",
            *_rows(EmbedderSettings, "| line | default | meaning |", flagged=False),
            "",
            "## Engines: `[engines.NAME]`",
            "",
            "A Redis that a cache can be kept in (`askonce cache create … --database NAME`; `databaseId` in"
            " the API), beside the embedded engine, `default`. Needs `askonce[redis]`. Only in the file.",
            "",
            *_rows(EngineSettings, "| line | default | meaning |", flagged=False),
            "",
        ]
    )


def _rows(owner: type, header: str, *, flagged: bool) -> list[str]:
    lines = [header, "|" + " --- |" * (header.count("|") - 1)]
    for one in fields(owner):
        if "meaning" not in one.metadata:
            continue
        default = "" if one.default in (None, "", ()) else f"`{one.default}`"
        unit = f" In {one.metadata['unit']}." if one.metadata["unit"] else ""
        names = [f"`{one.name}`"]
        if flagged:
            names = [f"`--{one.name.replace('_', '-')}`", f"`{ENVIRONMENT_PREFIX}{one.name.upper()}`", *names]
        lines.append(f"| {' | '.join(names)} | {default} | {one.metadata['meaning']}{unit} |")
    return lines
