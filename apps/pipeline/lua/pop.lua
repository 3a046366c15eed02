-- Take frames into a worker's hands. ARGV: …, incarnation, call number, last call whose answer
-- arrived, frames wanted, lease in microseconds, ledger id of this incarnation ('' before its first
-- answer).
-- Answers {status, ledger id, now, claimed drops, frames, index lines}; status is ok, repeat (an
-- answer that nobody waits for any more) or expired (the lease ended, or this is another data set:
-- begin a new incarnation).

local incarnation, number, arrived = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local wanted, lease_us, expected_id = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
call('LLEN', QUEUE)
if expected_id ~= '' and call('HGET', LEDGER, 'id') ~= expected_id then
  return { 'expired', '', us(NOW), 0, {}, {} }
end

open_for_writing()
end_leases()
local popped, settled = 0, 0
local lease = call('HGET', LEASES, incarnation)
if lease then
  local _, ended
  _, popped, settled, ended = lease_parts(lease)
  if ended > 0 then return { 'expired', '', us(NOW), 0, {}, {} } end
  if number <= popped then return { 'repeat', '', us(NOW), 0, {}, {} } end
end

local id = ledger_id()
if popped > arrived then lose(incarnation, arrived) end
store_lease(incarnation, NOW + lease_us, number, settled, 0)
reconcile()
enforce_bounds()

local frames, entries = {}, {}
if wanted > 0 and call('LLEN', INDEX) > 0 then
  frames = call('LPOP', QUEUE, wanted)
  entries = call('LPOP', INDEX, wanted)
  for i, entry in ipairs(entries) do
    local bytes, _, _, name = entry_parts(entry)
    call('HSET', FLIGHT, incarnation .. ' ' .. us(number) .. ' ' .. i, name)
    release(bytes)
  end
end
if call('LLEN', INDEX) == 0 then call('DEL', BELL) end

local claimed = 0
local claims = call('HVALS', CLAIMS)
for _, claim in ipairs(claims) do
  local second, count = claim:match('^(%d+) (%d+)$')
  if tonumber(second) > NOW / 1000000 - CLAIM_SECONDS then claimed = claimed + tonumber(count) end
end
if #claims > 0 then call('DEL', CLAIMS) end
return { 'ok', id, us(NOW), claimed, frames, entries }
