-- Stores a batch of entries; all of it happens, or none of it.
-- KEYS: stream, erased users, then per entry: live hash, ids of this period, ids of the last one,
--       visit.
-- ARGV: bytes of a record, flag of an undone one, seconds that ids are kept, the field of clicks and
--       impressions, the fields of the two stamps, kinds of which only the first stamp takes notice
--       (each between spaces), then per entry: user, event id, field, value, records kept (0: the
--       value replaces the field), payload, id of the event that it undoes (or empty).
-- Returns per entry: stored, repeated, erased, or unknown (the event to undo).
local size, undone, ttl = tonumber(ARGV[1]), string.char(ARGV[2]), ARGV[3]
local recent, changed, acted, filter_only = unpack(ARGV, 4, 7)
local header = 7

local function add(live, field, value, keep)
  if keep > 0 then
    value = string.sub((redis.call('HGET', live, field) or '') .. value, -keep * size)
  end
  redis.call('HSET', live, field, value)
end

local function undo(live, field, id)
  local records = field and redis.call('HGET', live, field)
  if not records then return false end
  for start = 1, #records, size do
    if string.sub(records, start, start + 15) == id then
      local last = start + size - 1
      local marked = string.sub(records, 1, last - 1) .. undone .. string.sub(records, last + 1)
      redis.call('HSET', live, field, marked)
      return true
    end
  end
  return false
end

local function stamp(live, visit, field, place)
  if field == recent then return end
  redis.call('HSET', live, changed, place)
  if redis.call('EXISTS', visit) == 1 then redis.call('HSET', visit, changed, place) end
  local kind = string.match(field, '^[^:]+')
  if not string.find(filter_only, ' ' .. kind .. ' ', 1, true) then
    redis.call('HSET', live, acted, place)
  end
end

local outcomes = {}
for entry = 1, (#ARGV - header) / 7 do
  local live, ids, older, visit = unpack(KEYS, 4 * entry - 1, 4 * entry + 2)
  local user, id, field, value, keep, payload, undoes =
    unpack(ARGV, header + 7 * entry - 6, header + 7 * entry)
  local outcome, touched = 'stored', field
  if redis.call('SISMEMBER', KEYS[2], user) == 1 then
    outcome = 'erased'
  elseif redis.call('HEXISTS', ids, id) == 1 or redis.call('HEXISTS', older, id) == 1 then
    outcome = 'repeated'
  elseif undoes ~= '' then
    local where = redis.call('HGET', ids, undoes) or redis.call('HGET', older, undoes)
    -- what the hash of ids keeps: the field, a space, the entry of the stream
    where = where and string.match(where, '^(%S+) ')
    if not undo(live, where, undoes) then outcome = 'unknown' end
    touched = where
  else
    add(live, field, value, tonumber(keep))
  end
  if outcome == 'stored' then
    local place = redis.call('XADD', KEYS[1], '*', 'event', payload)
    redis.call('HSET', ids, id, field .. ' ' .. place)
    redis.call('EXPIRE', ids, ttl)
    stamp(live, visit, touched, place)
  end
  outcomes[entry] = outcome
end
return outcomes
