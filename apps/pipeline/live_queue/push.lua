-- Push one frame within the limits of the queue. KEYS[10]: the entrance. ARGV: …, bytes of the
-- frame, name, epoch, sequence, policy.
-- Returns {answer, waiting frames}. The answer is accepted, newest (accepted and dropped at once),
-- full (policy block: not accepted, try again), too_large or conflict (refused), or repeat.
--
-- The frame does not pass through Lua, which would hash every byte of it. The same transaction
-- continues with three commands: RPUSHX of the frame to the entrance, LPOP of the marker at its
-- head, and RENAME of the entrance to the queue. Without an accepted frame, the script creates no
-- entrance, and the three commands have no effect.

local ENTRANCE = KEYS[10]
local size, epoch, sequence = tonumber(ARGV[5]), tonumber(ARGV[7]), tonumber(ARGV[8])
local policy = ARGV[9]
local CONFLICT_US = 5000000
local length = call('LLEN', QUEUE)
call('LLEN', INDEX)

local last = call('HGET', SENDERS, ARGV[6])
if last then
  local last_epoch, last_sequence, at, answer = last:match('^(%d+) (%d+) (%d+) (.*)$')
  last_epoch, last_sequence = tonumber(last_epoch), tonumber(last_sequence)
  if epoch == last_epoch and sequence == last_sequence then return { answer, length } end
  if epoch == last_epoch and sequence < last_sequence then return { 'repeat', length } end
  if epoch < last_epoch and NOW - tonumber(at) < CONFLICT_US then
    count_up('refused|conflict', ledger_name(ARGV[6]), 1)
    return { 'conflict', length }
  end
end

call('HSETNX', LEDGER, 'id', us(NOW) .. '-' .. NONCE)
reconcile()
local name = ledger_name(ARGV[6])
local bytes = tonumber(call('HGET', LEDGER, 'bytes') or '0')
local full = call('LLEN', INDEX) >= MAX_ITEMS or bytes + size > MAX_BYTES
if full and policy == 'block' then return { 'full', call('LLEN', QUEUE) } end

local answer = 'accepted'
if size > MAX_FRAME_BYTES or size > MAX_BYTES then
  answer = 'too_large'
  count_up('refused|too_large', name, 1)
elseif full and policy == 'newest' then
  answer = 'newest'
  count_up('pushed', name, 1)
  drop('newest', name, 1)
else
  local number = call('HINCRBY', LEDGER, 'pushed|' .. name, 1)
  call('RPUSH', INDEX, size .. ' ' .. us(NOW) .. ' ' .. number .. ' ' .. name)
  call('HINCRBY', LEDGER, 'bytes', size)
  enforce_bounds()
  if call('LLEN', QUEUE) > 0 then call('RENAME', QUEUE, ENTRANCE) end
  call('LPUSH', ENTRANCE, '')
  if call('LLEN', NOTIFICATIONS) < MAX_ITEMS then call('RPUSH', NOTIFICATIONS, '1') end
end
call('HSET', SENDERS, ARGV[6], us(epoch) .. ' ' .. us(sequence) .. ' ' .. us(NOW) .. ' ' .. answer)
return { answer, call('LLEN', INDEX) }
