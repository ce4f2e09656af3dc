-- Erases a user and leaves a tombstone.
-- KEYS: stream, erased users, live hash, ids of this period, ids of the last one, activations,
--       stream of impressions, experiments, visit.
-- ARGV: user, payload of the stream's last entry about them, start and end of the name of their
--       hash in a release, start of the names of outcomes.
local page = 1000
for place = 4, 5 do
  for _, kept in ipairs(redis.call('HVALS', KEYS[place])) do
    redis.call('XDEL', KEYS[1], string.match(kept, '(%S+)$'))
  end
end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[4], KEYS[5], KEYS[9])
for _, release in ipairs(redis.call('LRANGE', KEYS[6], 0, -1)) do
  redis.call('DEL', ARGV[3] .. release .. ARGV[4])
end
for _, experiment in ipairs(redis.call('HKEYS', KEYS[8])) do
  redis.call('HDEL', ARGV[5] .. experiment, ARGV[1])
  redis.call('HDEL', ARGV[5] .. experiment .. ':interleaving-clicks', ARGV[1])
  redis.call('HDEL', ARGV[5] .. experiment .. ':pre-period', ARGV[1])
end
local from, entries = '-', nil
repeat -- the stream is bounded, and this is rare
  entries = redis.call('XRANGE', KEYS[7], from, '+', 'COUNT', page)
  for _, entry in ipairs(entries) do
    if entry[2][2] == ARGV[1] then redis.call('XDEL', KEYS[7], entry[1]) end
    from = '(' .. entry[1]
  end
until #entries < page
return redis.call('XADD', KEYS[1], '*', 'event', ARGV[2])
