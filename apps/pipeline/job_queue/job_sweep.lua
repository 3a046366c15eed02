-- How the jobs of one task are doing. Answers {now, waiting, in progress, workers alive, when the
-- oldest was submitted (0: there is none), dead letters, fields and values of the books, overdue
-- jobs as {id, reply to, outcome, attempts}}.

local waiting, held = progress()
local oldest = 0
local first = call('XRANGE', STREAM, '-', '+', 'COUNT', 1)[1]
if first then
  local job = read_job(first[2][2] or '')
  oldest = job and job.submitted or 0
end
return {
  us(NOW), waiting, held, workers_alive(), us(oldest), call('XLEN', DEAD), call('HGETALL', BOOKS),
  overdue(),
}
