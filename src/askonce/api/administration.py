"""Everything that the admin token reaches, as operations: caches, entries, keys, admin tokens, audit."""

from collections.abc import Sequence
from dataclasses import dataclass

from askonce.api.admission import AdminGate, Admission
from askonce.api.audit import AuditCalls
from askonce.api.control import CACHE, CacheCalls
from askonce.api.entries import ENTRY, EntryCalls
from askonce.api.keys import ADMIN_TOKENS, API_KEYS, KeyCalls
from askonce.api.limits import Limits
from askonce.api.routes import Handler, Operation
from askonce.service.control import Control
from askonce.service.keys import Keys
from askonce.service.stock import Stock
from askonce.service.usage import Usage


@dataclass(frozen=True, slots=True)
class Administration:
    control: Control
    keys: Keys
    admins: Keys
    usage: Usage
    stock: Stock


class AdminCalls:
    def __init__(self, administration: Administration, gate: AdminGate, limits: Limits) -> None:
        admission = Admission(gate, limits)
        office = administration
        self._caches = CacheCalls(admission, office.control)
        self._entries = EntryCalls(admission, office.control, office.stock, limits)
        self._audit = AuditCalls(admission, office.control)
        self._keys = KeyCalls(admission, office.keys, office.usage, API_KEYS)
        self._admins = KeyCalls(admission, office.admins, office.usage, ADMIN_TOKENS)

    def operations(self) -> Sequence[Operation]:
        calls = (self._caches, self._entries, self._keys, self._admins, self._audit)
        return [operation for each in calls for operation in each.operations()]

    def deletions(self) -> Sequence[Operation]:
        """For those who have no data plane beside it."""
        return [
            Operation("DELETE", f"{CACHE}/entries", self._caches.flush, is_write=True),
            Operation("DELETE", ENTRY, self._entries.remove, is_write=True),
        ]

    def entries_deleted(self, by_key: Handler) -> Operation:
        return Operation("DELETE", f"{CACHE}/entries", self._caches.delete_entries(by_key), is_write=True)

    def entry_deleted(self, by_key: Handler) -> Operation:
        return Operation("DELETE", ENTRY, self._entries.delete_entry(by_key), is_write=True)
