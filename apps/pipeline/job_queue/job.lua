-- Functions that all job scripts share, at the start of each. The key schema is in keys.py.
--
-- The first seven KEYS are the same for every script. Further KEYS depend on the script.
--
-- A script reads and checks before it writes. If its first write fails (out of memory, read-only,
-- no rights), nothing was written. After the first write, nothing may fail.

local STREAM, INDEX, DEADLINES, COUNTERS, WORKERS, DEAD, NOTIFICATIONS = unpack(KEYS, 1, 7)
local GROUP, NO_HOLDER, FREED = 'workers', '-', '(free)'
local ALIVE_US, FORGET_US, FREED_MS = 3500000, 600000000, 1000000000
local MAX_NOTIFICATIONS, MAX_OVER = 64, 32

local call = redis.call
local clock = call('TIME')
local NOW = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

call('XLEN', STREAM)
call('HLEN', INDEX)
call('ZCARD', DEADLINES)
call('HLEN', COUNTERS)
call('ZCARD', WORKERS)
call('XLEN', DEAD)
call('LLEN', NOTIFICATIONS)

-- Lua prints large numbers as 1.7e+15, but microseconds need all digits.
local function us(number) return string.format('%.0f', number) end

-- A write that Redis allows while its memory is full. After it, Redis allows the other writes of
-- the script: workers must be able to take and end jobs while memory is full.
local function open_for_writing() call('HDEL', COUNTERS, '') end

-- Lua prints negative zero as -0, which Redis does not accept as an integer.
local function count_up(what, count)
  if count ~= 0 then call('HINCRBY', COUNTERS, what, count or 1) end
end

-- A job from the index; nil if it is unknown or has ended.
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

-- Number of jobs that wait, and number of jobs that a worker holds.
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

local function notify()
  if call('LLEN', NOTIFICATIONS) < MAX_NOTIFICATIONS then call('RPUSH', NOTIFICATIONS, '1') end
end

-- Release the job from its worker. The next take gets it before new jobs.
local function give_back(id, job)
  job.holder = NO_HOLDER
  store_job(id, job)
  call('XCLAIM', STREAM, GROUP, FREED, 0, job.entry, 'IDLE', FREED_MS, 'JUSTID')
  notify()
end

local function remove_letter(letter)
  call('XDEL', DEAD, letter[1])
  count_up('dead_bytes', -#(letter[2][8] or ''))
end

local function workers_alive() return call('ZCOUNT', WORKERS, us(NOW - ALIVE_US), '+inf') end

-- Jobs whose deadline has passed. The caller ends them with one call each, because each has
-- another reply stream.
local function overdue()
  local over = {}
  for _, id in ipairs(call('ZRANGEBYSCORE', DEADLINES, '-inf', us(NOW), 'LIMIT', 0, MAX_OVER)) do
    local job = read_job(id)
    local client, attempts = job and job.reply_to or NO_HOLDER, job and job.attempts or 0
    over[#over + 1] = { id, client, 'expired', us(attempts) }
  end
  return over
end
