---Ghost text: who draws it, when it goes, and what the keys do with it.
local config = require("diffgem.config")
local parts = require("diffgem.inline.parts")
local taking = require("diffgem.inline.taking")

local M = {}

---@class diffgem.Presenter draws, and knows what is drawn; both have the same functions
---@field attach fun(client: vim.lsp.Client, buf: integer)
---@field detach fun(buf: integer)
---@field shown fun(buf: integer): diffgem.Suggestion?
---@field moved fun(buf: integer)
---@field taken fun(buf: integer, suggestion: diffgem.Suggestion)
---@field clear fun(buf: integer)
---@field dismiss fun(buf: integer)
---@field trigger fun(buf: integer)
---@field select fun(buf: integer, count: integer)

---@return diffgem.Presenter
local function presenter()
  return require("diffgem.inline." .. (config.get().inline == "native" and "native" or "ghost"))
end

local GROUP = vim.api.nvim_create_augroup("diffgem.inline", { clear = true })

-- <C-c> leaves insert mode without InsertLeave
vim.api.nvim_create_autocmd("ModeChanged", {
  group = GROUP,
  pattern = "i*:n",
  callback = function(args)
    presenter().clear(args.buf)
  end,
})

---Asks as if the cursor had just come here: there was nobody to answer before.
---@param buf integer
function M.refresh(buf)
  if vim.api.nvim_get_current_buf() == buf and vim.api.nvim_get_mode().mode:sub(1, 1) == "i" then
    vim.api.nvim_exec_autocmds("CursorMovedI", { buffer = buf, modeline = false })
  end
end

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  M.detach(buf)
  local by = presenter()
  by.attach(client, buf)
  local moved = { "InsertEnter", "TextChangedI", "TextChangedP", "CursorMovedI", "CompleteDone" }
  vim.api.nvim_create_autocmd(moved, {
    group = GROUP,
    buffer = buf,
    callback = function()
      by.moved(buf)
    end,
  })
  vim.api.nvim_create_autocmd({ "InsertLeave", "BufLeave" }, {
    group = GROUP,
    buffer = buf,
    callback = function()
      by.clear(buf)
    end,
  })
  M.refresh(buf)
end

---@param buf integer
function M.detach(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_clear_autocmds({ group = GROUP, buffer = buf })
  end
  presenter().detach(buf)
end

---Whether a key of ours has something to act on.  A key that chooses in the popup menu is the
---menu's.
---@return boolean
function M.is_shown()
  local menu = vim.fn.pumvisible() == 1 and vim.fn.complete_info({ "selected" }).selected >= 0
  return not menu and presenter().shown(vim.api.nvim_get_current_buf()) ~= nil
end

---@param part diffgem.Part
---@return boolean taken
local function take(part)
  local buf, by = vim.api.nvim_get_current_buf(), presenter()
  local suggestion = by.shown(buf)
  if not suggestion or not taking.take(buf, suggestion, part) then
    return false
  end
  by.taken(buf, suggestion)
  return true
end

---@return boolean taken
function M.accept()
  return take(parts.all)
end

---@return boolean taken
function M.accept_word()
  return take(parts.word)
end

---@return boolean taken
function M.accept_line()
  return take(parts.line)
end

function M.next()
  presenter().select(vim.api.nvim_get_current_buf(), 1)
end

function M.previous()
  presenter().select(vim.api.nvim_get_current_buf(), -1)
end

---What is shown goes; what is typed next may bring more.
function M.clear()
  presenter().clear(vim.api.nvim_get_current_buf())
end

function M.dismiss()
  presenter().dismiss(vim.api.nvim_get_current_buf())
end

function M.trigger()
  presenter().trigger(vim.api.nvim_get_current_buf())
end

return M
