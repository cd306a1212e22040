---Keys in the buffers that the server is attached to.  A key that has nothing to do is what it was.
local config = require("diffgem.config")
local fallback = require("diffgem.fallback")

local M = {}

---@class diffgem.Key
---@field mode string
---@field module string
---@field call string its function
---@field when? string a function of the module: without it the key is never what it was
---@field writes? boolean it puts text in at the cursor
---@field about string

---@type table<string, diffgem.Key>
local KEYS = {
  accept = {
    mode = "i",
    call = "accept",
    when = "is_shown",
    writes = true,
    about = "accept the suggestion",
  },
  accept_word = {
    mode = "i",
    call = "accept_word",
    when = "is_shown",
    writes = true,
    about = "accept a word",
  },
  accept_line = {
    mode = "i",
    call = "accept_line",
    when = "is_shown",
    writes = true,
    about = "accept a line",
  },
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
---@field callback function
---@field about string

---@type table<integer, diffgem.Mapped[]>
local mapped = {}

-- a menu that stays open would put its next entry over what was accepted
local CLOSE_MENU = vim.keycode("<C-x><C-z>")

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
  local function callback()
    local module = require("diffgem." .. (key.module or "inline"))
    if key.when and not module[key.when]() then
      return fallback.keys(key.mode, lhs, before)
    end
    local menu = key.writes and vim.fn.pumvisible() == 1
    return menu and CLOSE_MENU .. run or run
  end
  local about = "DiffGem: " .. key.about
  local options = { buffer = buf, expr = true, replace_keycodes = false, desc = about }
  vim.keymap.set(key.mode, lhs, callback, options)
  return { mode = key.mode, lhs = lhs, before = before, callback = callback, about = key.about }
end

---@param buf integer
---@param each diffgem.Mapped
---@return boolean whether nobody has mapped the key since
local function is_ours(buf, each)
  local now = fallback.of_buffer(buf, each.mode, each.lhs)
  return now ~= nil and now.callback == each.callback
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
    if vim.api.nvim_buf_is_valid(buf) and is_ours(buf, each) then
      vim.keymap.del(each.mode, each.lhs, { buffer = buf })
      fallback.restore(buf, each.before)
    end
  end
  mapped[buf] = nil
end

---@class diffgem.KeyReport
---@field lhs string
---@field about string
---@field is_ours boolean
---@field was? string what it does otherwise

---@param buf integer
---@return diffgem.KeyReport[]
function M.of(buf)
  local found = vim.tbl_map(function(each)
    return {
      lhs = each.lhs,
      about = each.about,
      is_ours = is_ours(buf, each),
      was = fallback.describe(each.mode, each.lhs, each.before),
    }
  end, mapped[buf] or {})
  table.sort(found, function(one, other)
    return one.about < other.about
  end)
  return found
end

return M
