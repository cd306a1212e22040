---Keys in the buffers that the server is attached to.  A key that has nothing to do is what it was.
local config = require("diffgem.config")
local fallback = require("diffgem.fallback")

local M = {}

---@class diffgem.Key
---@field mode string
---@field module string
---@field call string its function
---@field when? string a function of the module: without it the key is never what it was
---@field about string

---@type table<string, diffgem.Key>
local KEYS = {
  accept = { mode = "i", call = "accept", when = "is_shown", about = "accept the suggestion" },
  accept_word = { mode = "i", call = "accept_word", when = "is_shown", about = "accept a word" },
  accept_line = { mode = "i", call = "accept_line", when = "is_shown", about = "accept a line" },
  next = { mode = "i", call = "next", about = "the next suggestion" },
  previous = { mode = "i", call = "previous", about = "the previous suggestion" },
  dismiss = { mode = "i", call = "dismiss", when = "is_shown", about = "dismiss the suggestion" },
  trigger = { mode = "i", call = "trigger", about = "ask for suggestions" },
  next_edit = {
    mode = "n",
    module = "next_edit",
    call = "jump_or_apply",
    when = "is_shown",
    about = "to the next edit, then apply it",
  },
  next_edit_dismiss = {
    mode = "n",
    module = "next_edit",
    call = "dismiss",
    when = "is_shown",
    about = "dismiss the next edit",
  },
}

---@class diffgem.Mapped
---@field mode string
---@field lhs string
---@field before? table<string, any> the buffer's own mapping that was there

---@type table<integer, diffgem.Mapped[]>
local mapped = {}

---@param key diffgem.Key
---@return string
local function command(key)
  local module = "diffgem." .. (key.module or "inline")
  return ("<Cmd>lua require(%q).%s()<CR>"):format(module, key.call)
end

---@param buf integer
---@param key diffgem.Key
---@param lhs string
---@return diffgem.Mapped
local function map(buf, key, lhs)
  local before = fallback.of_buffer(buf, key.mode, lhs)
  local run = vim.keycode(command(key))
  vim.keymap.set(key.mode, lhs, function()
    local module = require("diffgem." .. (key.module or "inline"))
    if key.when and not module[key.when]() then
      return fallback.keys(key.mode, lhs, before)
    end
    return run
  end, { buffer = buf, expr = true, replace_keycodes = false, desc = "DiffGem: " .. key.about })
  return { mode = key.mode, lhs = lhs, before = before }
end

---@param buf integer
function M.attach(buf)
  M.detach(buf)
  mapped[buf] = {}
  for name, lhs in pairs(config.get().keys) do
    if lhs then
      table.insert(mapped[buf], map(buf, KEYS[name], lhs))
    end
  end
end

---@param buf integer
function M.detach(buf)
  for _, each in ipairs(mapped[buf] or {}) do
    pcall(vim.keymap.del, each.mode, each.lhs, { buffer = buf })
    fallback.restore(buf, each.before)
  end
  mapped[buf] = nil
end

return M
