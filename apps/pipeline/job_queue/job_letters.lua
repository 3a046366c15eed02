-- List dead letters, newest first, without their pictures. ARGV: newest id ('+' for all; '(' before
-- the id excludes it), maximum number of letters.
-- Returns {id, job id, reason, attempts, bytes} for each.

local found = {}
for _, letter in ipairs(call('XREVRANGE', DEAD, ARGV[1], '-', 'COUNT', ARGV[2])) do
  local fields = letter[2]
  found[#found + 1] = {
    letter[1], fields[2] or '', fields[4] or '', fields[6] or '0', #(fields[8] or ''),
  }
end
return found
