-- Erases a viewer and leaves a tombstone.
-- KEYS: stream, erased viewers, live hash, ids of this period, ids of the last one, activations.
-- ARGV: viewer, payload of the stream's last entry about them, start and end of the name of their
--       hash in a release.
for place = 4, 5 do
  for _, kept in ipairs(redis.call('HVALS', KEYS[place])) do
    redis.call('XDEL', KEYS[1], string.match(kept, '(%S+)$'))
  end
end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[4], KEYS[5])
for _, release in ipairs(redis.call('LRANGE', KEYS[6], 0, -1)) do
  redis.call('DEL', ARGV[3] .. release .. ARGV[4])
end
return redis.call('XADD', KEYS[1], '*', 'event', ARGV[2])
