-- What a repeated request has to know, and that the visit goes on.
-- KEYS: live hash, held lists, erased users.
-- ARGV: user, field of the stamp, name of the list, seconds that a visit lasts.
-- Returns the stamp and the list (empty where there is none), and 1 for an erased user.
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {
  redis.call('HGET', KEYS[1], ARGV[2]) or '',
  redis.call('HGET', KEYS[2], ARGV[3]) or '',
  redis.call('SISMEMBER', KEYS[3], ARGV[1]),
}
