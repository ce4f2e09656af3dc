-- Adds to what movies earned on a day.
-- KEYS: the day's hash. ARGV: name, count, name, count, …
for name = 1, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[name], ARGV[name + 1])
end
