-- Counts how far a held list was shown, so that each of its ranks counts once.
-- KEYS: held lists. ARGV: name of the list, ranks from the top that were shown now.
-- Returns how many had been shown before; 0 for a list that is not held.
local list = redis.call('HGET', KEYS[1], ARGV[1])
if not list then return 0 end
local low, high = string.byte(list, 2, 3)
local before, now = low + 256 * high, tonumber(ARGV[2])
if now > before then
  local shown = string.char(now % 256, math.floor(now / 256))
  redis.call('HSET', KEYS[1], ARGV[1], string.sub(list, 1, 1) .. shown .. string.sub(list, 4))
end
return before
