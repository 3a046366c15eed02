-- Take frames into a worker's hands. ARGV: …, incarnation, call number, last call whose answer
-- arrived, frames wanted, lease in microseconds, ledger id of this incarnation ('' before its first
-- answer).
-- Answers {status, ledger id, now, claimed drops, frames, index lines}; status is ok, repeat (an
-- answer that nobody waits for any more) or expired (the lease ended, or this is another data set:
-- begin a new incarnation).

-- Turns are taken among the frames that waited longest, and remembered of so many streams.
local TURN_FRAMES, TURN_STREAMS = 128, 64

-- Whose turn it is, as places in `entries`: the stream that was served longest ago comes first, and
-- of each stream its oldest frame, so that nobody waits behind another's backlog.
local function turns(entries, wanted)
  local waiting, ring = {}, {}
  for place, entry in ipairs(entries) do
    local _, _, _, name = entry_parts(entry)
    if not waiting[name] then
      waiting[name] = { next = 1 }
      ring[#ring + 1] = name
    end
    table.insert(waiting[name], place)
  end
  if #ring == 1 then return nil end

  local served, last = {}, {}
  for name in (call('HGET', LEDGER, 'turns') or ''):gmatch('[^\n]+') do
    last[#last + 1] = name
    served[name] = #last
  end
  table.sort(ring, function(one, other)
    local first, second = served[one] or 0, served[other] or 0
    if first ~= second then return first < second end
    return waiting[one][1] < waiting[other][1]
  end)

  local chosen, head, after = {}, 1, {}
  while #chosen < wanted do
    local name = ring[head]
    local queue = waiting[name]
    chosen[#chosen + 1] = queue[queue.next]
    queue.next, head = queue.next + 1, head + 1
    if queue[queue.next] then ring[#ring + 1] = name end
    after[name] = #chosen
  end

  local kept = {}
  for _, name in ipairs(last) do
    if not after[name] then kept[#kept + 1] = name end
  end
  for turn = 1, head - 1 do
    if after[ring[turn]] == turn then kept[#kept + 1] = ring[turn] end
  end
  call('HSET', LEDGER, 'turns', table.concat(kept, '\n', math.max(1, #kept - TURN_STREAMS + 1)))
  return chosen
end

-- Frames and their index lines, out of the queue. Only where streams compete is there a choice.
local function take(wanted)
  local oldest = call('LLEN', INDEX) > wanted and call('LRANGE', INDEX, 0, TURN_FRAMES - 1) or {}
  local chosen = #oldest > wanted and turns(oldest, wanted)
  if not chosen then return call('LPOP', QUEUE, wanted), call('LPOP', INDEX, wanted) end
  local frames, entries, dead = {}, {}, '\0' .. us(NOW) .. NONCE
  for i, place in ipairs(chosen) do
    frames[i], entries[i] = call('LINDEX', QUEUE, place - 1), oldest[place]
  end
  for _, place in ipairs(chosen) do
    call('LSET', QUEUE, place - 1, dead)
    call('LSET', INDEX, place - 1, dead)
  end
  call('LREM', QUEUE, #chosen, dead)
  call('LREM', INDEX, #chosen, dead)
  return frames, entries
end

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
  frames, entries = take(wanted)
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
