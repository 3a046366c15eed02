-- Renew the claims on the jobs that a worker holds, and take jobs for it.
-- ARGV: consumer, wanted jobs, lifetime of a claim in ms, maximum attempts, then the ids of the
-- jobs that the worker holds.
-- Returns {now, jobs as {id, attempts, client, message}, jobs to end as {id, client, outcome,
-- attempts}, ids of jobs that the worker no longer holds, number of waiting jobs}.
--
-- The consumer group may list jobs under this consumer that the worker does not hold: the answer
-- with these jobs was lost. The script returns them again and counts no further attempt.

local consumer, wanted = ARGV[1], tonumber(ARGV[2])
local claim_ms, max_attempts = tonumber(ARGV[3]), tonumber(ARGV[4])

open_for_writing()
ensure_group()
call('ZADD', WORKERS, us(NOW), consumer)

local held, gone = {}, {}
for i = 5, #ARGV do
  local job = read_job(ARGV[i])
  if job and job.holder == consumer then
    call('XCLAIM', STREAM, GROUP, consumer, 0, job.entry, 'JUSTID')
    held[job.entry] = true
  else
    gone[#gone + 1] = ARGV[i]
  end
end

local jobs, over = {}, overdue()

local function drop_foreign(entry, fields)
  call('XACK', STREAM, GROUP, entry)
  if fields then
    call('XDEL', STREAM, entry)
    count_up('foreign')
  end
end

-- An entry of this queue has the fields `id <job id> job <message>`.
local function offer(entry)
  local found = call('XRANGE', STREAM, entry, entry)[1]
  local fields = found and found[2]
  local known = fields and #fields == 4 and fields[1] == 'id' and fields[3] == 'job'
  local id = known and fields[2]
  local job = id and read_job(id)
  if not job or job.entry ~= entry then return drop_foreign(entry, fields) end
  if job.holder ~= consumer then
    if job.holder ~= NO_HOLDER then count_up('redelivered') end
    job.attempts, job.holder = job.attempts + 1, consumer
    store_job(id, job)
  end
  if job.deadline <= NOW then return end
  if job.attempts > max_attempts then
    over[#over + 1] = { id, job.reply_to, 'poisoned', us(job.attempts) }
  else
    jobs[#jobs + 1] = { id, us(job.attempts), job.reply_to, fields[4] }
  end
end

-- Entries under this consumer that the worker does not hold, oldest first.
local function unheld(limit)
  local entries = {}
  for _, pending in ipairs(call('XPENDING', STREAM, GROUP, '-', '+', #ARGV + limit, consumer)) do
    if not held[pending[1]] then entries[#entries + 1] = pending[1] end
  end
  return entries
end

if wanted > 0 then
  local missing = wanted - #unheld(wanted)
  if missing > 0 then
    local idle = call('XPENDING', STREAM, GROUP, 'IDLE', claim_ms, '-', '+', missing)
    for _, pending in ipairs(idle) do
      call('XCLAIM', STREAM, GROUP, consumer, 0, pending[1], 'JUSTID')
    end
    missing = missing - #idle
  end
  if missing > 0 then
    call('XREADGROUP', 'GROUP', GROUP, consumer, 'COUNT', missing, 'STREAMS', STREAM, '>')
  end
  for i, entry in ipairs(unheld(wanted)) do
    if i <= wanted then offer(entry) end
  end
end

-- Remove the consumers of workers that are silent and hold no jobs.
for _, silent in ipairs(call('ZRANGEBYSCORE', WORKERS, '-inf', us(NOW - FORGET_US), 'LIMIT', 0, 8)) do
  if #call('XPENDING', STREAM, GROUP, '-', '+', 1, silent) == 0 then
    call('XGROUP', 'DELCONSUMER', STREAM, GROUP, silent)
    call('ZREM', WORKERS, silent)
  end
end

local waiting = progress()
if waiting == 0 then
  call('DEL', NOTIFICATIONS)
elseif call('LLEN', NOTIFICATIONS) == 0 then
  notify()
end
return { us(NOW), jobs, over, gone, waiting }
