-- What every job script begins with. The key schema is in keys.py.
--
-- The first seven KEYS are the same for every script; those of one call stand behind them.
--
-- A script reads and checks first. Its first write decides whether it happens at all (out of
-- memory, read-only, no rights: nothing was written); after it nothing can fail.

local STREAM, INDEX, DEADLINES, BOOKS, WORKERS, DEAD, BELL = unpack(KEYS, 1, 7)
local GROUP, NOBODY, FREED = 'workers', '-', '(free)'
local ALIVE_US, FORGET_US, FREED_MS = 3500000, 600000000, 1000000000
local MAX_RINGS, MAX_OVER = 64, 32

local call = redis.call
local clock = call('TIME')
local NOW = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

call('XLEN', STREAM)
call('HLEN', INDEX)
call('ZCARD', DEADLINES)
call('HLEN', BOOKS)
call('ZCARD', WORKERS)
call('XLEN', DEAD)
call('LLEN', BELL)

-- Lua prints large numbers as 1.7e+15; microseconds are needed in full.
local function us(number) return string.format('%.0f', number) end

-- A write that is allowed when memory is full, so that what follows is allowed too: taking and
-- ending jobs must work exactly then.
local function open_for_writing() call('HDEL', BOOKS, '') end

-- Lua prints the negative of nothing as -0, which is no integer to Redis.
local function book(what, count)
  if count ~= 0 then call('HINCRBY', BOOKS, what, count or 1) end
end

-- A job as the index has it; nil if it is unknown or has ended.
local function read_job(id)
  local line = call('HGET', INDEX, id)
  if not line then return nil end
  local entry, bytes, deadline, submitted, attempts, holder, reply_to =
    line:match('^(%S+) (%d+) (%d+) (%d+) (%d+) (%S+) (%S+)$')
  return {
    entry = entry, bytes = tonumber(bytes), deadline = tonumber(deadline),
    submitted = tonumber(submitted), attempts = tonumber(attempts), holder = holder,
    reply_to = reply_to,
  }
end

local function store_job(id, job)
  local line = table.concat({
    job.entry, us(job.bytes), us(job.deadline), us(job.submitted), us(job.attempts), job.holder,
    job.reply_to,
  }, ' ')
  call('HSET', INDEX, id, line)
end

local function ensure_group()
  if call('EXISTS', STREAM) == 1 then
    for _, group in ipairs(call('XINFO', 'GROUPS', STREAM)) do
      for i = 1, #group, 2 do
        if group[i] == 'name' and group[i + 1] == GROUP then return end
      end
    end
  end
  call('XGROUP', 'CREATE', STREAM, GROUP, '0', 'MKSTREAM')
end

-- How many jobs nobody works on, and how many somebody does.
local function progress()
  local items, held = call('HLEN', INDEX), 0
  if call('EXISTS', STREAM) == 0 then return items, 0 end
  local groups = call('XINFO', 'GROUPS', STREAM)
  if #groups == 0 then return items, 0 end
  local holders = call('XPENDING', STREAM, GROUP)[4]
  for _, holder in ipairs(holders or {}) do
    if holder[1] ~= FREED then held = held + tonumber(holder[2]) end
  end
  return math.max(items - held, 0), held
end

local function ring()
  if call('LLEN', BELL) < MAX_RINGS then call('RPUSH', BELL, '1') end
end

-- Nobody holds the job any more: whoever takes next gets it first.
local function give_back(id, job)
  job.holder = NOBODY
  store_job(id, job)
  call('XCLAIM', STREAM, GROUP, FREED, 0, job.entry, 'IDLE', FREED_MS, 'JUSTID')
  ring()
end

local function remove_letter(letter)
  call('XDEL', DEAD, letter[1])
  book('dead_bytes', -#(letter[2][8] or ''))
end

local function workers_alive() return call('ZCOUNT', WORKERS, us(NOW - ALIVE_US), '+inf') end

-- Jobs whose deadline has passed: whoever asks ends them (each has a reply list of its own).
local function overdue()
  local over = {}
  for _, id in ipairs(call('ZRANGEBYSCORE', DEADLINES, '-inf', us(NOW), 'LIMIT', 0, MAX_OVER)) do
    local job = read_job(id)
    over[#over + 1] = { id, job and job.reply_to or NOBODY, 'expired', us(job and job.attempts or 0) }
  end
  return over
end
