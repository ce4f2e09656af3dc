-- Holds a list, unless another process was faster: then that process' list holds.
-- A list's second and third byte say how far it was shown; what follows says which list it is.
-- KEYS: the visit, the user's live hash, erased users.
-- ARGV: user, field of the stamp, name of the list (empty: there is none, the visit only begins),
--       what the process saw there, the list, seconds that a visit lasts, lists that it holds at most.
-- Returns the list that holds now; nothing is written for an erased user.
local user, changed, name, seen, list, ttl, most = unpack(ARGV)
if redis.call('SISMEMBER', KEYS[3], user) == 1 then return list end
redis.call('HSETNX', KEYS[1], changed, redis.call('HGET', KEYS[2], changed) or '')
redis.call('EXPIRE', KEYS[1], ttl)
if name == '' then return list end
local current = redis.call('HGET', KEYS[1], name) or ''
if string.sub(current, 4) ~= string.sub(seen, 4) then return current end
while current == '' and redis.call('HLEN', KEYS[1]) > tonumber(most) do
  local any = redis.call('HRANDFIELD', KEYS[1])
  if any ~= changed then redis.call('HDEL', KEYS[1], any) end
end
redis.call('HSET', KEYS[1], name, list)
return list
