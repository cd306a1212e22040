---How much of a text one key takes.
local M = {}

---@alias diffgem.Part fun(rest: string): string a beginning of it, never empty

---@type diffgem.Part
function M.all(rest)
  return rest
end

---The blanks and the word, or the run of other characters, behind them.
---@type diffgem.Part
function M.word(rest)
  local blanks = rest:match("^%s*")
  local behind = rest:sub(#blanks + 1)
  -- \k+ are a word's characters as the buffer has them, letters beyond ASCII as well
  local length = vim.fn.matchend(behind, [[\v^(\k+|((\k|\s)@!.)+)]])
  return blanks .. behind:sub(1, math.max(0, length))
end

---To the end of the line; of a text that begins with a line's end, the next line with it.
---@type diffgem.Part
function M.line(rest)
  local stop = rest:find("\n", 2, true)
  return stop and rest:sub(1, stop - 1) or rest
end

return M
