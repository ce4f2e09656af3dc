-- Holds a list, unless another process was faster: then that process' list holds.
-- A list's second and third byte say how far it was shown; what follows says which list it is.
-- KEYS: held lists, erased users.
-- ARGV: user, name of the list, what the process saw there, the list, seconds that a visit lasts,
--       lists that a visit holds at most.
-- Returns the list that holds now; nothing is written for an erased user.
local user, name, seen, list, ttl, most = unpack(ARGV)
if redis.call('SISMEMBER', KEYS[2], user) == 1 then return list end
local current = redis.call('HGET', KEYS[1], name) or ''
if string.sub(current, 4) ~= string.sub(seen, 4) then return current end
while current == '' and redis.call('HLEN', KEYS[1]) >= tonumber(most) do
  redis.call('HDEL', KEYS[1], redis.call('HRANDFIELD', KEYS[1]))
end
redis.call('HSET', KEYS[1], name, list)
redis.call('EXPIRE', KEYS[1], ttl)
return list
