-- End one job or give it back: acknowledge, remove and reply in one step.
-- KEYS[8]: the reply stream of its client. KEYS[9]: the outcome of the job.
-- ARGV: sender of the request, job id, attempts so far, outcome, reply, reason, maximum attempts,
-- lifetime of the reply in ms, then the limits of the dead letters: items, bytes, lifetime in ms.
-- Outcomes: done, failed, poisoned, expired, withdrawn, and retry (poisoned after the last
-- attempt). Only the holder of a job may fail it or give it back. Any worker may report a job as
-- done. Returns {answer, now, live workers}. The answer is the counted outcome, repeat (this
-- request was executed before) or late (the job has ended, or another worker holds it).

local by, id, attempts, outcome = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local reply, reason, max_attempts, reply_ms = ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local dead_items, dead_bytes, dead_ms = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local REPLIES, ENDED = KEYS[8], KEYS[9]
local MAX_REPLIES, MARGIN_MS = 1024, 60000
local FOR_HOLDER = { failed = true, poisoned = true, retry = true }

local function answer(word) return { word, us(NOW), workers_alive() } end

call('XLEN', REPLIES)
local ended = call('GET', ENDED)
local job = read_job(id)
open_for_writing()
if not job or (FOR_HOLDER[outcome] and (job.holder ~= by or job.attempts ~= attempts)) then
  if ended == by .. ' ' .. outcome then return answer('repeat') end
  if outcome == 'done' or outcome == 'failed' then count_up('late') end
  return answer('late')
end
ensure_group()

local function oldest_letter() return call('XRANGE', DEAD, '-', '+', 'COUNT', 1)[1] end

local function write_letter()
  local found = call('XRANGE', STREAM, job.entry, job.entry)[1]
  local message = found and found[2][4] or ''
  if call('XLEN', DEAD) == 0 then call('HSET', COUNTERS, 'dead_bytes', 0) end
  call('XADD', DEAD, '*', 'id', id, 'reason', reason, 'attempts',
    us(math.min(job.attempts, max_attempts)), 'job', message)
  count_up('dead_bytes', #message)
  call('PEXPIRE', DEAD, dead_ms)
end

local function trim_letters()
  local since = NOW / 1000 - dead_ms
  local letter = oldest_letter()
  while letter do
    local crowded = call('XLEN', DEAD) > dead_items
      or tonumber(call('HGET', COUNTERS, 'dead_bytes')) > dead_bytes
    if not crowded and tonumber(letter[1]:match('^%d+')) >= since then return end
    remove_letter(letter)
    letter = oldest_letter()
  end
end

if outcome == 'retry' and job.attempts < max_attempts then
  count_up('retried')
  give_back(id, job)
  return answer('retry')
end
local booked = outcome == 'retry' and 'poisoned' or outcome
if booked == 'poisoned' then
  write_letter()
  trim_letters()
end
call('XACK', STREAM, GROUP, job.entry)
call('XDEL', STREAM, job.entry)
call('HDEL', INDEX, id)
call('ZREM', DEADLINES, id)
count_up('bytes', -job.bytes)
count_up(booked)
if reply ~= '' then
  call('XADD', REPLIES, 'MAXLEN', MAX_REPLIES, '*', 'id', id, 'reply', reply)
  call('PEXPIRE', REPLIES, reply_ms)
end
local left_ms = math.max(math.ceil((job.deadline - NOW) / 1000), 0)
call('SET', ENDED, by .. ' ' .. outcome, 'PX', us(left_ms + MARGIN_MS))
return answer(booked)
