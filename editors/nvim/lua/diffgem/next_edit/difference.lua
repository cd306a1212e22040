---What of an edit is new: the ends that old and new text share are left out.
local M = {}

---@class diffgem.Difference
---@field head integer bytes shared at the start
---@field old string
---@field new string

---@param text string
---@param at integer from 1
---@return boolean whether a character of several bytes goes on there
local function goes_on(text, at)
  local byte = text:byte(at)
  return byte ~= nil and byte >= 0x80 and byte < 0xC0
end

---@param old string
---@param new string
---@return integer
local function shared_head(old, new)
  local count, most = 0, math.min(#old, #new)
  while count < most and old:byte(count + 1) == new:byte(count + 1) do
    count = count + 1
  end
  while count > 0 and (goes_on(old, count + 1) or goes_on(new, count + 1)) do
    count = count - 1
  end
  return count
end

---@param old string
---@param new string
---@param most integer
---@return integer
local function shared_tail(old, new, most)
  local count = 0
  while count < most and old:byte(#old - count) == new:byte(#new - count) do
    count = count + 1
  end
  while count > 0 and goes_on(old, #old - count + 1) do
    count = count - 1
  end
  return count
end

---@param old string
---@param new string
---@return diffgem.Difference
function M.between(old, new)
  local head = shared_head(old, new)
  local tail = shared_tail(old, new, math.min(#old, #new) - head)
  return {
    head = head,
    old = old:sub(head + 1, #old - tail),
    new = new:sub(head + 1, #new - tail),
  }
end

return M
