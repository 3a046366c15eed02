-- A worker leaves: the jobs that it holds wait again at once, without counting an attempt.
-- ARGV: consumer. Returns the number of jobs.

local consumer = ARGV[1]
open_for_writing()
ensure_group()
call('ZADD', WORKERS, 0, consumer)
local pending = call('XPENDING', STREAM, GROUP, '-', '+', call('XLEN', STREAM) + 1, consumer)
for _, listed in ipairs(pending) do
  local found = call('XRANGE', STREAM, listed[1], listed[1])[1]
  local id = found and found[2][2]
  local job = id and read_job(id)
  if job and job.holder == consumer then
    job.attempts = math.max(job.attempts - 1, 0)
    give_back(id, job)
  end
end
return #pending
