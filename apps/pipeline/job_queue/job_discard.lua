-- Delete one dead letter. ARGV: its id. Returns 1, or 0 if there is none.

local letter = call('XRANGE', DEAD, ARGV[1], ARGV[1])[1]
if not letter then return 0 end
remove_letter(letter)
return 1
