-- Read the state of the job queue. Returns {now, waiting, in progress, live workers, submission of
-- the oldest job (0 without jobs), dead letters, fields and values of the counters, overdue jobs as
-- {id, client, outcome, attempts}}.

local waiting, held = progress()
local oldest = 0
local first = call('XRANGE', STREAM, '-', '+', 'COUNT', 1)[1]
if first then
  local job = read_job(first[2][2] or '')
  oldest = job and job.submitted or 0
end
return {
  us(NOW), waiting, held, workers_alive(), us(oldest), call('XLEN', DEAD),
  call('HGETALL', COUNTERS), overdue(),
}
