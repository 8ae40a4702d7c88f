"""Everything that the admin token reaches, as operations: caches, keys and admin tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from askonce.api.admission import AdminGate, Admission
from askonce.api.control import CACHE, CacheCalls
from askonce.api.keys import ADMIN_TOKENS, API_KEYS, KeyCalls
from askonce.api.limits import Limits
from askonce.api.routes import Handler, Operation
from askonce.service.control import Control
from askonce.service.keys import Keys
from askonce.service.usage import Usage


@dataclass(frozen=True, slots=True)
class Administration:
    control: Control
    keys: Keys
    admins: Keys
    usage: Usage


class AdminCalls:
    def __init__(self, administration: Administration, gate: AdminGate, limits: Limits) -> None:
        admission = Admission(gate, limits)
        office = administration
        self._caches = CacheCalls(admission, office.control)
        self._keys = KeyCalls(admission, office.keys, office.usage, API_KEYS)
        self._admins = KeyCalls(admission, office.admins, office.usage, ADMIN_TOKENS)

    def operations(self) -> Sequence[Operation]:
        return [*self._caches.operations(), *self._keys.operations(), *self._admins.operations()]

    def entries_deleted(self, by_key: Handler) -> Operation:
        return Operation("DELETE", f"{CACHE}/entries", self._caches.delete_entries(by_key), is_write=True)
