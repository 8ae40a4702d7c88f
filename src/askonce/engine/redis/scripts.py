"""What must happen at once in Redis, as Lua: Redis runs a script alone, and keeps all of it or nothing.

`MOVED`: the cache is not what the caller believed (flushed, or its index replaced); nothing was changed.
"""

import hashlib
from dataclasses import dataclass, field

MOVED = b"moved"


@dataclass(frozen=True, slots=True)
class Script:
    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()  # As Redis names it.
        object.__setattr__(self, "digest", digest)


# A script that may not run where memory is full is refused before its first line: nothing is half there.
_NEEDS_MEMORY = "#!lua\n"
_NEEDS_NONE = "#!lua flags=allow-oom\n"

_IS_LIVE = """
local function is_live(ends, now)
  return ends == 'inf' or tonumber(ends) > tonumber(now)
end
"""

# KEYS meta. ARGV generation, index, dimensions. What the cache is now: as given, if it was nothing before.
BEGIN = Script(
    _NEEDS_MEMORY
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'index', ARGV[2], 'dimensions', ARGV[3], 'seq', 0)
end
return redis.call('HMGET', KEYS[1], 'generation', 'index', 'dimensions')
"""
)

# KEYS meta. ARGV generation, former index, new index, its dimensions. 1 if the new one took the place.
SWITCH = Script(
    _NEEDS_NONE
    + """
local known = redis.call('HMGET', KEYS[1], 'generation', 'index')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'index', ARGV[3], 'dimensions', ARGV[4])
return 1
"""
)

# KEYS meta, entry. ARGV generation, index, end (ms or ''), then fields and values.
# The end goes first, on a hash that the index takes no vector from: each of these commands makes Redis index
# the hash again, and the last one is to be the only one that it has to place a vector for.
PUT = Script(
    _NEEDS_MEMORY
    + """
local known = redis.call('HMGET', KEYS[1], 'generation', 'index')
if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] then return 'moved' end
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('UNLINK', KEYS[2])
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[2], 'seq', seq)
  redis.call('PEXPIREAT', KEYS[2], ARGV[3])
end
redis.call('HSET', KEYS[2], 'seq', seq, unpack(ARGV, 4))
return seq
"""
)

# KEYS meta, entry. ARGV generation, now. 1 if a live entry was removed.
REMOVE = Script(
    _NEEDS_NONE
    + _IS_LIVE
    + """
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 'moved' end
local ends = redis.call('HGET', KEYS[2], 'expires')
if not ends then return 0 end
redis.call('UNLINK', KEYS[2])
return is_live(ends, ARGV[2]) and 1 or 0
"""
)

# KEYS entries. Each is written as it is, for the indexes to see it.
TOUCH = Script(
    _NEEDS_NONE
    + """
for _, key in ipairs(KEYS) do
  local seq = redis.call('HGET', key, 'seq')
  if seq then redis.call('HSET', key, 'seq', seq) end
end
return 1
"""
)

# KEYS entries. ARGV now, the last `seq` that goes. How many live ones were removed.
REMOVE_SOME = Script(
    _NEEDS_NONE
    + _IS_LIVE
    + """
local live = 0
for _, key in ipairs(KEYS) do
  local known = redis.call('HMGET', key, 'expires', 'seq')
  if known[1] and tonumber(known[2]) <= tonumber(ARGV[2]) then
    redis.call('UNLINK', key)
    if is_live(known[1], ARGV[1]) then live = live + 1 end
  end
end
return live
"""
)

# KEYS entries. ARGV now. How many were removed because they were over.
REMOVE_OVER = Script(
    _NEEDS_NONE
    + _IS_LIVE
    + """
local over = 0
for _, key in ipairs(KEYS) do
  local ends = redis.call('HGET', key, 'expires')
  if ends and not is_live(ends, ARGV[1]) then over = over + redis.call('UNLINK', key) end
end
return over
"""
)

# KEYS set. ARGV member.
NOTE = Script(_NEEDS_NONE + "return redis.call('SADD', KEYS[1], ARGV[1])")

# KEYS meta, retired. The cache is nothing from here on; what it was is remembered, to be cleaned up.
FLUSH = Script(
    _NEEDS_NONE
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
    _NEEDS_NONE
    + """
local known = redis.call('HGET', KEYS[1], 'version') or ''
if known == ARGV[2] then return 1 end
if known ~= ARGV[1] then return 'moved' end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'image', ARGV[3])
for at = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
return 1
"""
)
