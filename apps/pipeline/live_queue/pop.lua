-- Pop frames for a worker. KEYS after the common nine: one transfer list per wanted frame. The
-- worker reads each with LPOP in the same round trip.
-- ARGV: …, incarnation, call number, last call whose answer arrived, lease in µs, ledger id of this
-- incarnation (empty before its first answer).
-- Returns {status, ledger id, now, claimed drops, index lines}. The status is ok, repeat (an older
-- call, to be ignored) or expired (the lease expired or the data set is another one: the worker
-- must start a new incarnation).

-- Streams take turns among this number of oldest frames. The ledger stores the order of this number
-- of streams.
local TURN_FRAMES, TURN_STREAMS = 128, 64

-- Returns the names of the streams, the least recently served first, and the stored order.
local function by_turn(queues, names)
  local served, last = {}, {}
  for name in (call('HGET', LEDGER, 'turns') or ''):gmatch('[^\n]+') do
    last[#last + 1] = name
    served[name] = #last
  end
  table.sort(names, function(one, other)
    local first, second = served[one] or 0, served[other] or 0
    if first ~= second then return first < second end
    return queues[one][1].place < queues[other][1].place
  end)
  return names, last
end

-- Store the order in which streams were served.
local function remember(last, chosen)
  local latest, kept = {}, {}
  for turn, frame in ipairs(chosen) do latest[frame.name] = turn end
  for _, name in ipairs(last) do
    if not latest[name] then kept[#kept + 1] = name end
  end
  for turn, frame in ipairs(chosen) do
    if latest[frame.name] == turn then kept[#kept + 1] = frame.name end
  end
  call('HSET', LEDGER, 'turns', table.concat(kept, '\n', math.max(1, #kept - TURN_STREAMS + 1)))
end

-- The next frames: the oldest frame of each stream in turn, so that no stream waits behind the
-- backlog of another one.
local function in_turn(queues, names, wanted)
  local rotation, last = by_turn(queues, names)
  local chosen = {}
  while #chosen < wanted do
    local name = rotation[#chosen + 1]
    local queue = queues[name]
    chosen[#chosen + 1] = queue[queue.first]
    queue.first = queue.first + 1
    if queue[queue.first] then rotation[#rotation + 1] = name end
  end
  remember(last, chosen)
  return chosen
end

-- Lifetime of a transfer list whose worker died between the script and LPOP.
local TRANSFER_MS = 10000

-- Copy a frame of the queue to a transfer list. SORT with STORE copies inside Redis. A command that
-- returned the frame would create a Lua string, and Lua hashes every byte of a string.
local function copy_frame(transfer, place)
  call('SORT', QUEUE, 'BY', 'nosort', 'LIMIT', place - 1, 1, 'STORE', transfer)
  call('PEXPIRE', transfer, TRANSFER_MS)
end

-- Move frames from the queue to the transfer lists, and return their index lines. Streams take
-- turns only if several of them wait for fewer places.
local function take(wanted)
  local oldest = call('LRANGE', INDEX, 0, math.max(TURN_FRAMES, wanted) - 1)
  local queues, names = by_stream(oldest)
  if #oldest <= wanted or #names == 1 then
    local taken = math.min(wanted, #oldest)
    for place = 1, taken do copy_frame(KEYS[9 + place], place) end
    call('LTRIM', QUEUE, taken, -1)
    return call('LPOP', INDEX, taken)
  end
  local entries, chosen = {}, in_turn(queues, names, wanted)
  for i, frame in ipairs(chosen) do
    copy_frame(KEYS[9 + i], frame.place)
    entries[i] = oldest[frame.place]
  end
  cut_out(chosen)
  return entries
end

local incarnation, number, arrived = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local wanted, lease_us, expected_id = #KEYS - 9, tonumber(ARGV[8]), ARGV[9]
call('LLEN', QUEUE)
if expected_id ~= '' and call('HGET', LEDGER, 'id') ~= expected_id then
  return { 'expired', '', us(NOW), 0, {} }
end

open_for_writing()
end_leases()
local popped, settled = 0, 0
local lease = call('HGET', LEASES, incarnation)
if lease then
  local _, ended
  _, popped, settled, ended = lease_parts(lease)
  if ended > 0 then return { 'expired', '', us(NOW), 0, {} } end
  if number <= popped then return { 'repeat', '', us(NOW), 0, {} } end
end

local id = ledger_id()
if popped > arrived then lose(incarnation, arrived) end
store_lease(incarnation, NOW + lease_us, number, settled, 0)
reconcile()
enforce_bounds()

local entries = {}
if wanted > 0 and call('LLEN', INDEX) > 0 then
  entries = take(wanted)
  for i, entry in ipairs(entries) do
    local bytes, _, _, name = entry_parts(entry)
    call('HSET', FLIGHT, incarnation .. ' ' .. us(number) .. ' ' .. i, name)
    release(bytes)
  end
end
if call('LLEN', INDEX) == 0 then call('DEL', NOTIFICATIONS) end

local claimed = 0
local claims = call('HVALS', CLAIMS)
for _, claim in ipairs(claims) do
  local second, count = claim:match('^(%d+) (%d+)$')
  if tonumber(second) > NOW / 1000000 - CLAIM_SECONDS then claimed = claimed + tonumber(count) end
end
if #claims > 0 then call('DEL', CLAIMS) end
return { 'ok', id, us(NOW), claimed, entries }
