-- Functions that all live scripts share, at the start of each. The key schema is in keys.py.
--
-- The first nine KEYS are the same for every script. The first ARGV are a nonce for a new ledger
-- id, then the limits of the queue: items, bytes, bytes of one frame.
--
-- A script reads and checks before it writes. If its first write fails (out of memory, read-only,
-- no rights), nothing was written. After the first write, nothing may fail.

local QUEUE, INDEX, LEDGER, FLIGHT, LOST = unpack(KEYS, 1, 5)
local LEASES, CLAIMS, NOTIFICATIONS, SENDERS = unpack(KEYS, 6, 9)
local NONCE = ARGV[1]
local MAX_ITEMS, MAX_BYTES, MAX_FRAME_BYTES = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local MAX_NAMES, MAX_NAME_BYTES = 1024, 200
local CLAIM_SECONDS, TOMBSTONE_US = 10, 3600 * 1000000

local call = redis.call
local clock = call('TIME')
local NOW = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

-- Lua prints large numbers as 1.7e+15, but microseconds need all digits.
local function us(number) return string.format('%.0f', number) end

-- A write that Redis allows while its memory is full. After it, Redis allows the other writes of
-- the script: workers must be able to pop and settle frames while memory is full.
local function open_for_writing() call('HDEL', LEDGER, '') end

local function ledger_id()
  local id = call('HGET', LEDGER, 'id')
  if not id then
    id = us(NOW) .. '-' .. NONCE
    call('HSET', LEDGER, 'id', id)
  end
  return id
end

-- Subtract the bytes of a frame that has left the queue. Lua prints negative zero as -0, which
-- Redis does not accept as an integer.
local function release(bytes)
  if bytes > 0 then call('HINCRBY', LEDGER, 'bytes', -bytes) end
end

local function count_up(what, name, count) call('HINCRBY', LEDGER, what .. '|' .. name, count) end

-- The ledger has a limited number of names. Further streams share the name `(other)`.
local function ledger_name(name)
  if call('HEXISTS', LEDGER, 'pushed|' .. name) == 1 then return name end
  local names = tonumber(call('HGET', LEDGER, 'names') or '0')
  if names >= MAX_NAMES then return '(other)' end
  call('HINCRBY', LEDGER, 'names', 1)
  call('HSET', LEDGER, 'pushed|' .. name, 0)
  return name
end

-- The stream name of a MessagePack map whose first field is `name`; otherwise 'unknown'.
local function name_of(frame)
  local head = frame:sub(1, 16)
  local first = head:byte(1) or 0
  local at = (first >= 0x80 and first <= 0x8f) and 2 or (first == 0xde and 4 or nil)
  if not at or head:sub(at, at + 4) ~= '\164name' then return 'unknown' end
  local kind, size, start = head:byte(at + 5) or 0, nil, nil
  if kind >= 0xa0 and kind <= 0xbf then
    size, start = kind - 0xa0, at + 6
  elseif kind == 0xd9 or kind == 0xc4 then
    size, start = head:byte(at + 6), at + 7
  elseif kind == 0xda and head:byte(at + 7) then
    size, start = head:byte(at + 6) * 256 + head:byte(at + 7), at + 8
  end
  if not size or size < 1 or size > MAX_NAME_BYTES then return 'unknown' end
  local name = frame:sub(start, start + size - 1)
  if #name < size or name:find('%c') then return 'unknown' end
  return name
end

local function entry_parts(entry)
  local bytes, arrived, number, name = entry:match('^(%d+) (%d+) (%d+) (.*)$')
  return tonumber(bytes), arrived, number, name
end

-- Add drops caused by too little capacity to the claims. One worker claims them for the scaling
-- signal. They are in a ring of one-second buckets, which stays small if no worker claims them.
local function offer_claim(count)
  local second = math.floor(NOW / 1000000)
  local field = tostring(second % 16)
  local stored = call('HGET', CLAIMS, field)
  local at, sum = (stored or ''):match('^(%d+) (%d+)$')
  sum = (at == us(second)) and tonumber(sum) or 0
  call('HSET', CLAIMS, field, us(second) .. ' ' .. us(sum + count))
end

local CLAIMABLE = { overflow = true, newest = true, stale = true }

local function drop(reason, name, count)
  count_up('dropped|' .. reason, name, count)
  if CLAIMABLE[reason] then offer_claim(count) end
end

-- Add frames that foreign producers pushed since the last script call to the index. They are in the
-- queue behind the frames of the index.
local function admit_foreign(known, length)
  local dead = '\0' .. us(NOW) .. NONCE
  local oversized = 0
  for first = known, length - 1, 64 do
    local frames = call('LRANGE', QUEUE, first, math.min(first + 63, length - 1))
    for offset, frame in ipairs(frames) do
      local name = ledger_name(name_of(frame))
      local number = call('HINCRBY', LEDGER, 'pushed|' .. name, 1)
      if #frame > MAX_FRAME_BYTES then
        drop('too_large', name, 1)
        call('LSET', QUEUE, first + offset - 1, dead)
        oversized = oversized + 1
      else
        call('RPUSH', INDEX, #frame .. ' ' .. us(NOW) .. ' ' .. number .. ' ' .. name)
        call('HINCRBY', LEDGER, 'bytes', #frame)
      end
    end
  end
  if oversized > 0 then call('LREM', QUEUE, 0, dead) end
end

-- Update index and ledger after foreign producers or consumers changed the list.
local function reconcile()
  local length, known = call('LLEN', QUEUE), call('LLEN', INDEX)
  for _ = length + 1, known do
    local bytes, _, _, name = entry_parts(call('LPOP', INDEX))
    release(bytes)
    drop('removed', name, 1)
  end
  if length > known then admit_foreign(known, length) end
end

-- Returns the index lines of each stream as `{place, bytes, name}`, oldest first, and the names of
-- the streams in the order of their oldest frames.
local function by_stream(entries)
  local queues, names = {}, {}
  for place, entry in ipairs(entries) do
    local bytes, _, _, name = entry_parts(entry)
    if not queues[name] then
      queues[name] = { first = 1 }
      names[#names + 1] = name
    end
    table.insert(queues[name], { place = place, bytes = bytes, name = name })
  end
  return queues, names
end

-- The frames to drop: repeatedly the oldest frame of the stream with most frames in the queue. Of
-- streams with equal numbers, the one with the oldest frame.
local function victims(entries, bytes)
  local queues, names = by_stream(entries)
  local chosen, left = {}, #entries
  while left > MAX_ITEMS or (bytes > MAX_BYTES and left > 0) do
    local most, best = 0, nil
    for _, name in ipairs(names) do
      local queue = queues[name]
      local places = #queue - queue.first + 1
      local older = best and places == most and places > 0
        and queue[queue.first].place < best[best.first].place
      if places > most or older then most, best = places, queue end
    end
    local victim = best[best.first]
    best.first = best.first + 1
    chosen[#chosen + 1] = victim
    left, bytes = left - 1, bytes - victim.bytes
  end
  return chosen
end

-- Remove frames at any position from the queue and from the index.
local function cut_out(chosen)
  local dead = '\0' .. us(NOW) .. NONCE
  for _, frame in ipairs(chosen) do
    call('LSET', QUEUE, frame.place - 1, dead)
    call('LSET', INDEX, frame.place - 1, dead)
  end
  call('LREM', QUEUE, #chosen, dead)
  call('LREM', INDEX, #chosen, dead)
end

local function enforce_bounds()
  local items = call('LLEN', INDEX)
  local bytes = tonumber(call('HGET', LEDGER, 'bytes') or '0')
  if items <= MAX_ITEMS and bytes <= MAX_BYTES then return end
  local chosen = victims(call('LRANGE', INDEX, 0, -1), bytes)
  cut_out(chosen)
  for _, victim in ipairs(chosen) do
    release(victim.bytes)
    drop('overflow', victim.name, 1)
  end
end

local function lease_parts(lease)
  local ends, popped, settled, ended = lease:match('^(%d+) (%d+) (%d+) (%d+)$')
  return tonumber(ends), tonumber(popped), tonumber(settled), tonumber(ended)
end

local function store_lease(incarnation, ends, popped, settled, ended)
  local lease = us(ends) .. ' ' .. us(popped) .. ' ' .. us(settled) .. ' ' .. us(ended)
  call('HSET', LEASES, incarnation, lease)
end

-- Count the frames that a worker popped after call `after` as lost. A late settlement may still
-- change their outcome.
local function lose(incarnation, after)
  local prefix = incarnation .. ' '
  local flight = call('HGETALL', FLIGHT)
  for i = 1, #flight, 2 do
    local field, name = flight[i], flight[i + 1]
    if field:sub(1, #prefix) == prefix then
      local number = tonumber(field:sub(#prefix + 1):match('^(%d+) '))
      if number > after then
        call('HDEL', FLIGHT, field)
        call('HSET', LOST, field, name)
        count_up('lost', name, 1)
      end
    end
  end
end

local function forget(incarnation)
  local prefix = incarnation .. ' '
  for _, field in ipairs(call('HKEYS', LOST)) do
    if field:sub(1, #prefix) == prefix then call('HDEL', LOST, field) end
  end
  call('HDEL', LEASES, incarnation)
end

-- Expire leases, at most once per second.
local function end_leases()
  local swept = tonumber(call('HGET', LEDGER, 'swept_at') or '0')
  if NOW - swept < 1000000 and NOW >= swept then return end
  call('HSET', LEDGER, 'swept_at', us(NOW))
  local leases = call('HGETALL', LEASES)
  for i = 1, #leases, 2 do
    local ends, popped, settled, ended = lease_parts(leases[i + 1])
    if ended == 0 and ends <= NOW then
      lose(leases[i], 0)
      store_lease(leases[i], ends, popped, settled, NOW)
    elseif ended > 0 and NOW - ended > TOMBSTONE_US then
      forget(leases[i])
    end
  end
end
