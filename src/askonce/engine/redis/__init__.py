"""The Redis engine: any number of servers over one Redis with the query engine (docs/decisions/0012)."""
