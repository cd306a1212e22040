---What the user is told.
local M = {}

---@type table<string, true>
local told = {}

---Later, as an error that is told while a file is opened would end what else opens it.
---@param message string
---@param level? integer vim.log.levels; a warning by default
function M.say(message, level)
  vim.schedule(function()
    vim.notify("DiffGem: " .. message, level or vim.log.levels.WARN, { title = "DiffGem" })
  end)
end

---@param message string
function M.error(message)
  M.say(message, vim.log.levels.ERROR)
end

---@param message string
function M.info(message)
  M.say(message, vim.log.levels.INFO)
end

---However often it happens, until `forget`: what pops up at every key is worse than silence.
---@param key string
---@param message string
---@param level? integer
function M.once(key, message, level)
  if not told[key] then
    told[key] = true
    M.say(message, level)
  end
end

---@param key string
function M.forget(key)
  told[key] = nil
end

return M
