-- Submit one job within the limits of the queue. KEYS[8]: the outcome of the job.
-- ARGV: job id, deadline, client, bytes, message (empty to ask for space only), then the limits:
-- items, bytes, bytes of one job.
-- Returns {answer, now, live workers, overdue jobs}. The answer is accepted, repeat (the job is in
-- the queue or has ended), room (there is space), full (try again), too_large or expired (refused).

local id, deadline, reply_to = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local size, message = tonumber(ARGV[4]), ARGV[5]
local max_items, max_bytes, max_job_bytes = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local function answer(word, over) return { word, us(NOW), workers_alive(), over or {} } end

if call('HEXISTS', INDEX, id) == 1 or call('EXISTS', KEYS[8]) == 1 then return answer('repeat') end
if size > max_job_bytes or size > max_bytes then return answer('too_large') end
if deadline <= NOW then return answer('expired') end
local bytes = tonumber(call('HGET', COUNTERS, 'bytes') or '0')
if call('HLEN', INDEX) >= max_items or bytes + size > max_bytes then
  return answer('full', overdue())
end
if message == '' then return answer('room') end

ensure_group()
local entry = call('XADD', STREAM, '*', 'id', id, 'job', message)
store_job(id, {
  entry = entry, bytes = size, deadline = deadline, submitted = NOW, attempts = 0,
  holder = NO_HOLDER, reply_to = reply_to,
})
call('ZADD', DEADLINES, us(deadline), id)
count_up('bytes', size)
count_up('submitted')
notify()
return answer('accepted')
