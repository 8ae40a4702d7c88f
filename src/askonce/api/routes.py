"""Which operation a request asks for, by its path and method."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from askonce.api.exchange import Exchange
from askonce.errors import MethodNotAllowed, UnknownPath

Handler: TypeAlias = Callable[[Exchange], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of the API. `path` is Starlette's; `is_probe` frees it of the limit on concurrent requests."""

    method: str
    path: str
    handle: Handler
    is_write: bool = False
    is_probe: bool = False

    @property
    def template(self) -> str:
        """The path as OpenAPI and the logs write it."""
        return self.path.replace(":path}", "}")


class Routes:
    """Paths in the order of their first operation; the first that matches is the one."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._paths: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            methods = self._paths.setdefault(operation.path, {})
            methods[operation.method] = operation
            if operation.method == "GET":
                methods["HEAD"] = operation
        self._routes = [Route(path, _matched) for path in self._paths]

    def find(self, exchange: Exchange) -> Operation:
        """The operation; `exchange` learns its route and parameters. Raises a refusal if there is none."""
        scope = _scope_to_match(exchange.scope)
        for route in self._routes:
            match, found = route.matches(scope)
            # In full or in part, which is but for the method. That is looked up here: of two routes with one
            # path Starlette would name only the first one's methods in `Allow`.
            if match is not Match.NONE:
                return self._operation(route.path, found["path_params"], exchange)
        hint = " The paths here do not end in a slash." if scope["path"].endswith("/") else ""
        raise UnknownPath(f"There is nothing at this path.{hint}")

    def _operation(self, path: str, parameters: dict[str, str], exchange: Exchange) -> Operation:
        methods = self._paths[path]
        exchange.route = next(iter(methods.values())).template
        exchange.parameters = parameters
        operation = methods.get(exchange.method)
        if operation is None:
            raise MethodNotAllowed(exchange.method, sorted(methods))
        return operation


def _matched() -> None:
    """What Starlette wants a route to lead to. It is asked for the match alone."""


def _scope_to_match(scope: Scope) -> Scope:
    """`scope` with the slashes that the caller encoded still encoded, so that they separate nothing.

    The JavaScript client sends an id with %2F in it as one segment. Decoded before the match, the id of a
    cache could reach into the rest of the path.
    """
    raw_path: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw_path.lower():
        return scope
    kept = raw_path.replace(b"%2f", b"%252F").replace(b"%2F", b"%252F")
    return {**scope, "path": unquote(kept.decode("latin-1"))}
