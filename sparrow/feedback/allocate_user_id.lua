-- The next free id for a new user.
-- KEYS: counter, erased users. ARGV: the largest id of the data set, start of live hashes' names.
local id = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1]))
local name
repeat
  id = id + 1
  name = string.format('%.0f', id)
until redis.call('EXISTS', ARGV[2] .. name) == 0
  and redis.call('SISMEMBER', KEYS[2], name) == 0
redis.call('SET', KEYS[1], name)
return name
