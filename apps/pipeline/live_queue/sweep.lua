-- Enforce the limits, expire leases and read the ledger. ARGV: the common four.
-- Returns {ledger id, now, ledger fields and values, index lines, names of frames in flight}.

call('LLEN', QUEUE)
call('LLEN', INDEX)
open_for_writing()
local id = ledger_id()
reconcile()
enforce_bounds()
end_leases()

local pruned = tonumber(call('HGET', LEDGER, 'pruned_at') or '0')
if NOW - pruned > 60000000 then
  call('HSET', LEDGER, 'pruned_at', us(NOW))
  local senders = call('HGETALL', SENDERS)
  for i = 1, #senders, 2 do
    local at = tonumber(senders[i + 1]:match('^%d+ %d+ (%d+) '))
    if NOW - at > TOMBSTONE_US then call('HDEL', SENDERS, senders[i]) end
  end
end
if call('LLEN', INDEX) > 0 and call('LLEN', NOTIFICATIONS) == 0 then
  call('RPUSH', NOTIFICATIONS, '1')
end
return { id, us(NOW), call('HGETALL', LEDGER), call('LRANGE', INDEX, 0, -1), call('HVALS', FLIGHT) }
