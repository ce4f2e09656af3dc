-- Appends served lists to the stream of impressions, those of erased users aside.
-- KEYS: stream, erased users. ARGV: about how many entries to keep, then per list: user, JSON.
for list = 2, #ARGV, 2 do
  if redis.call('SISMEMBER', KEYS[2], ARGV[list]) == 0 then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
      'user', ARGV[list], 'impression', ARGV[list + 1])
  end
end
