-- Book what became of frames in a worker's hands. ARGV: …, incarnation, settlement number, ledger
-- id under which they were popped, lease in microseconds (0: the worker leaves), then for each
-- frame: call number, place in that call, outcome (`inferred` or `dropped|<reason>`).
-- Answers ok, repeat (it was booked before), expired (booked, but the lease ended) or unbooked (the
-- frames belong to another data set: counted, never added).

local incarnation, number, id, lease_us = ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
call('HLEN', FLIGHT)

local popped, settled, ended = 0, 0, 0
local lease = call('HGET', LEASES, incarnation)
if lease then
  local _
  _, popped, settled, ended = lease_parts(lease)
end
if number <= settled then return ended > 0 and 'expired' or 'repeat' end

open_for_writing()
local ours = ledger_id() == id
for i = 9, #ARGV, 3 do
  local field = incarnation .. ' ' .. ARGV[i] .. ' ' .. ARGV[i + 1]
  local outcome = ARGV[i + 2]
  local name = ours and call('HGET', FLIGHT, field)
  if name then
    call('HDEL', FLIGHT, field)
  elseif ours then
    name = call('HGET', LOST, field)
    if name then
      call('HDEL', LOST, field)
      book('lost', name, -1)
    end
  end
  if not name then
    call('HINCRBY', LEDGER, 'unbooked', 1)
  elseif outcome:sub(1, 8) == 'dropped|' then
    drop(outcome:sub(9), name, 1)
  else
    book(outcome, name, 1)
  end
end
local ends = NOW + lease_us
store_lease(incarnation, ends, popped, number, ended)
if not ours then return 'unbooked' end
return ended > 0 and 'expired' or 'ok'
