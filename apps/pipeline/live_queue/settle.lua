-- Count the outcomes of frames that a worker holds. ARGV: …, incarnation, settlement number, ledger
-- id at the time of the pop, lease in µs (0: the worker leaves), then for each frame: call number,
-- place in that call, outcome (`inferred` or `dropped|<reason>`).
-- Returns ok, repeat (counted before), expired (counted, but the lease has expired) or unbooked
-- (the frames belong to a lost data set and are only counted as unbooked).

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
local same_data = ledger_id() == id
for i = 9, #ARGV, 3 do
  local field = incarnation .. ' ' .. ARGV[i] .. ' ' .. ARGV[i + 1]
  local outcome = ARGV[i + 2]
  local name = same_data and call('HGET', FLIGHT, field)
  if name then
    call('HDEL', FLIGHT, field)
  elseif same_data then
    name = call('HGET', LOST, field)
    if name then
      call('HDEL', LOST, field)
      count_up('lost', name, -1)
    end
  end
  if not name then
    call('HINCRBY', LEDGER, 'unbooked', 1)
  elseif outcome:sub(1, 8) == 'dropped|' then
    drop(outcome:sub(9), name, 1)
  else
    count_up(outcome, name, 1)
  end
end
local ends = NOW + lease_us
store_lease(incarnation, ends, popped, number, ended)
if not same_data then return 'unbooked' end
return ended > 0 and 'expired' or 'ok'
