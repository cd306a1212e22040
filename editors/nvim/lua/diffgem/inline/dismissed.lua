---Where the user wants nothing, until something is typed.
local M = {}

---@type table<integer, integer> of each buffer the change after which it was said
local changes = {}

---@param buf integer
function M.set(buf)
  changes[buf] = vim.api.nvim_buf_get_changedtick(buf)
end

---@param buf integer
---@return boolean
function M.is_set(buf)
  return changes[buf] == vim.api.nvim_buf_get_changedtick(buf)
end

---@param buf integer
function M.forget(buf)
  changes[buf] = nil
end

return M
