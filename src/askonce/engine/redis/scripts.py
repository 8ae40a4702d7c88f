"""What must happen at once in Redis, as Lua: Redis runs a script alone, and keeps all of it or nothing. What
puts and removes entries is in `ledger.py`.

`MOVED`: the cache is not what the caller believed (flushed, or its index replaced); nothing was changed.
`FULL`: nothing may go to make room, and the entry was not stored.
"""

import hashlib
from dataclasses import dataclass, field

MOVED = b"moved"
FULL = b"full"


@dataclass(frozen=True, slots=True)
class Script:
    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()  # As Redis names it.
        object.__setattr__(self, "digest", digest)


# A script that may not run where memory is full is refused before its first line: nothing is half there.
NEEDS_MEMORY = "#!lua\n"
NEEDS_NONE = "#!lua flags=allow-oom\n"

IS_LIVE = """
local function is_live(ends, now)
  return ends == 'inf' or tonumber(ends) > tonumber(now)
end
"""

# KEYS meta. ARGV generation, index, dimensions. What the cache is now: as given, if it was nothing before.
BEGIN = Script(
    NEEDS_MEMORY
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'index', ARGV[2], 'dimensions', ARGV[3], 'seq', 0)
end
return redis.call('HMGET', KEYS[1], 'generation', 'index', 'dimensions')
"""
)

# KEYS meta. ARGV generation, former index, new index, its dimensions. 1 if the new one took the place.
SWITCH = Script(
    NEEDS_NONE
    + """
local known = redis.call('HMGET', KEYS[1], 'generation', 'index')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'index', ARGV[3], 'dimensions', ARGV[4])
return 1
"""
)

# KEYS entries. Each is written as it is, for the indexes to see it.
TOUCH = Script(
    NEEDS_NONE
    + """
for _, key in ipairs(KEYS) do
  local seq = redis.call('HGET', key, 'seq')
  if seq then redis.call('HSET', key, 'seq', seq) end
end
return 1
"""
)

# KEYS set. ARGV member.
NOTE = Script(NEEDS_NONE + "return redis.call('SADD', KEYS[1], ARGV[1])")

# KEYS meta, retired. The cache is nothing from here on; what it was is remembered, to be cleaned up.
FLUSH = Script(
    NEEDS_NONE
    + """
local known = redis.call('HMGET', KEYS[1], 'generation', 'index')
if not known[1] then return 0 end
redis.call('RPUSH', KEYS[2], known[1] .. ' ' .. known[2])
redis.call('DEL', KEYS[1])
return 1
"""
)

# KEYS catalog, acts. ARGV former version, new version, image, then acts. Also where memory is full: a key
# must be revocable then.
COMMIT_CATALOG = Script(
    NEEDS_NONE
    + """
local known = redis.call('HGET', KEYS[1], 'version') or ''
if known == ARGV[2] then return 1 end
if known ~= ARGV[1] then return 'moved' end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'image', ARGV[3])
for at = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
return 1
"""
)
