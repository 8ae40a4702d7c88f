"""What a cache holds and who of it goes first, as Lua beside the entries, for bounds that are never exceeded.

Each life of a cache has a ledger of six keys: a hash of totals, a hash of sizes, and the entries in every
order that is asked for: by set, by last use, by frequency, by end. Every script that puts or removes an entry
writes it too, so the two agree whatever happens, and a script that needs room makes it itself.

Redis ends entries by its own clock and tells nobody: such an entry stands here, and counts, until its end has
come by ours. Then it is the first to go.

Invariants: an entry that is there stands in the ledger of its life; `bytes` is the sum of the sizes.
"""

from askonce.engine.redis.scripts import IS_LIVE, NEEDS_MEMORY, NEEDS_NONE, Script

# Most that one script removes where a bound was lowered, or because they are over. A FLAT index gives up 200
# in 3 ms; an HNSW graph, which mends itself, took 67 ms, while others waited (`bench.redis_measure 10000`).
BATCH = 50
# The score of a frequency: among equals the older goes first. A double is exact up to 2^53; an entry that was
# used more than 131,072 times stands among its equals in rough order only.
_FREQUENCY = 2**36

# KEYS of all that follow: the ledger's six first. ARGV: what the keys of entries begin with first.
_LEDGER = f"""
local totals, seqs, uses, frequencies, ends, sizes = unpack(KEYS, 1, 6)
local prefix, STEP, BATCH = ARGV[1], {_FREQUENCY}, {BATCH}

local function total(name) return tonumber(redis.call('HGET', totals, name) or 0) end

local function forget(id)
  local size = redis.call('HGET', sizes, id)
  redis.call('UNLINK', prefix .. id)
  if not size then return end
  for _, order in ipairs({{seqs, uses, frequencies, ends}}) do redis.call('ZREM', order, id) end
  redis.call('HDEL', sizes, id)
  redis.call('HINCRBY', totals, 'bytes', -tonumber(size))
end
"""

# As `Eviction.make_room` of the embedded engine: what is over goes first, then whom the policy names. Returns
# how many went, and whether so many entries and bytes more may come. `own` is to be replaced, and no victim.
_MAKE_ROOM = """
local function forget_over(own, now, most)
  local gone = 0
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, most + 1)) do
    if id ~= own and gone < most then
      forget(id)
      gone = gone + 1
    end
  end
  return gone
end

local function forget_next(own, policy)
  local order = ({lru = uses, lfu = frequencies, oldest = seqs})[policy]
  if not order then return 0 end
  for _, id in ipairs(redis.call('ZRANGE', order, 0, 1)) do
    if id ~= own then
      if policy == 'lfu' then
        local rank = math.floor(tonumber(redis.call('ZSCORE', frequencies, id)) / STEP)
        if rank > total('level') then redis.call('HSET', totals, 'level', rank) end
      end
      forget(id)
      return 1
    end
  end
  return 0
end

local function make_room(own, more, more_bytes, now, max_entries, max_bytes, policy)
  max_entries, max_bytes = tonumber(max_entries), tonumber(max_bytes)
  if not (max_entries or max_bytes) then return 0, true end
  local held, held_bytes = redis.call('HLEN', sizes), total('bytes')
  local entries, bytes = held + more, held_bytes + more_bytes
  local function fits()
    return (not max_entries or entries <= max_entries) and (not max_bytes or bytes <= max_bytes)
  end
  local function is_no_larger() return entries <= held and bytes <= held_bytes end
  local gone, may_be_over = 0, true
  while not fits() do
    if gone >= BATCH and is_no_larger() then break end
    local went
    if may_be_over then
      went = forget_over(own, now, 16)
      may_be_over = went > 0
    else
      went = forget_next(own, policy)
      if went == 0 then break end
    end
    gone = gone + went
    entries, bytes = redis.call('HLEN', sizes) + more, total('bytes') + more_bytes
  end
  if policy == 'none' then held, held_bytes = entries - more, bytes - more_bytes end
  return gone, fits() or is_no_larger()
end
"""

# KEYS ledger, meta. ARGV prefix, generation, index, id, size, now, end (ms or ''), most entries, most bytes,
# policy, then fields and values. 'full' if nobody may go.
# The end goes first, on a hash that the index takes no vector from: each of these commands makes Redis index
# the hash again, and the last one is to be the only one that it has to place a vector for.
PUT = Script(
    NEEDS_MEMORY
    + _LEDGER
    + _MAKE_ROOM
    + """
local known = redis.call('HMGET', KEYS[7], 'generation', 'index')
if known[1] ~= ARGV[2] or known[2] ~= ARGV[3] then return 'moved' end
local id, size, key = ARGV[4], tonumber(ARGV[5]), prefix .. ARGV[4]
local former = redis.call('HGET', sizes, id)
local more = former and 0 or 1
local more_bytes = size - tonumber(former or 0)
local _, may_come = make_room(id, more, more_bytes, ARGV[6], ARGV[8], ARGV[9], ARGV[10])
if not may_come then return 'full' end

local seq = redis.call('HINCRBY', KEYS[7], 'seq', 1)
redis.call('UNLINK', key)
if ARGV[7] ~= '' then
  redis.call('HSET', key, 'seq', seq)
  redis.call('PEXPIREAT', key, ARGV[7])
  redis.call('ZADD', ends, ARGV[7], id)
else
  redis.call('ZREM', ends, id)
end
redis.call('HSET', key, 'seq', seq, unpack(ARGV, 11))

local frequency = total('level') + 1
local rank = redis.call('ZSCORE', frequencies, id)
if rank then frequency = math.max(frequency, math.floor(tonumber(rank) / STEP)) end
redis.call('ZADD', frequencies, frequency * STEP + seq, id)
redis.call('ZADD', seqs, seq, id)
redis.call('ZADD', uses, redis.call('HINCRBY', totals, 'uses', 1), id)
redis.call('HSET', sizes, id, size)
redis.call('HINCRBY', totals, 'bytes', more_bytes)
return seq
"""
)

# KEYS ledger. ARGV prefix, now, most entries, most bytes, policy. How many were evicted.
TRIM = Script(
    NEEDS_NONE
    + _LEDGER
    + _MAKE_ROOM
    + """
local gone = make_room('', 0, 0, ARGV[2], ARGV[3], ARGV[4], ARGV[5])
return gone
"""
)

# KEYS ledger. ARGV prefix, now. How many were removed because they are over, with those of which this was all
# that Redis had left.
SWEEP = Script(
    NEEDS_NONE
    + _LEDGER
    + _MAKE_ROOM
    + """
return forget_over('', ARGV[2], BATCH)
"""
)

# KEYS ledger, meta. ARGV prefix, generation, id, now. 1 if a live entry was removed.
REMOVE = Script(
    NEEDS_NONE
    + _LEDGER
    + IS_LIVE
    + """
if redis.call('HGET', KEYS[7], 'generation') ~= ARGV[2] then return 'moved' end
local last = redis.call('HGET', prefix .. ARGV[3], 'expires')
forget(ARGV[3])
return last and is_live(last, ARGV[4]) and 1 or 0
"""
)

# KEYS ledger. ARGV prefix, now, the last `seq` that goes, then ids. How many live ones were removed.
REMOVE_SOME = Script(
    NEEDS_NONE
    + _LEDGER
    + IS_LIVE
    + """
local live = 0
for at = 4, #ARGV do
  local known = redis.call('HMGET', prefix .. ARGV[at], 'expires', 'seq')
  if known[1] and tonumber(known[2]) <= tonumber(ARGV[3]) then
    forget(ARGV[at])
    if is_live(known[1], ARGV[2]) then live = live + 1 end
  end
end
return live
"""
)

# KEYS ledger. ARGV prefix, then of each hit: id, when the entry was set, how often it was hit, and if it was
# renewed: when, and for how long; else '' twice. What was set again since is another entry; what was set in
# the same millisecond, to live as long, is as good as the same.
NOTE_HITS = Script(
    NEEDS_NONE
    + _LEDGER
    + """
for at = 2, #ARGV, 5 do
  local id, created, times, renewed = unpack(ARGV, at, at + 3)
  local key = prefix .. id
  local known = redis.call('HMGET', key, 'created', 'expires', 'renewed')
  if known[1] == created and redis.call('HEXISTS', sizes, id) == 1 then
    redis.call('ZADD', uses, redis.call('HINCRBY', totals, 'uses', 1), id)
    redis.call('ZINCRBY', frequencies, tonumber(times) * STEP, id)
    local begun = tonumber(known[3] or created)
    if renewed ~= '' and known[2] ~= 'inf' and tonumber(renewed) > begun then
      local life = tonumber(known[2]) - begun
      if life == tonumber(ARGV[at + 4]) then
        local last = tonumber(renewed) + life
        redis.call('PEXPIREAT', key, last)
        redis.call('HSET', key, 'expires', last, 'renewed', renewed)
        redis.call('ZADD', ends, last, id)
      end
    end
  end
end
return 1
"""
)
