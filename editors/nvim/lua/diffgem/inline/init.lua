---Ghost text: who draws it, when it goes, and what the keys do with it.
local config = require("diffgem.config")
local dismissed = require("diffgem.inline.dismissed")
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
---@field trigger fun(buf: integer, forward?: integer) asks by hand; of what comes shows that far on
---@field count fun(buf: integer): integer of the suggestions that fit
---@field go_on fun(buf: integer, count: integer) of two or more shows that far on, and round

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
  dismissed.forget(buf)
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

---@param forward? integer of what comes, show that far on
local function ask(forward)
  local buf = vim.api.nvim_get_current_buf()
  dismissed.forget(buf)
  presenter().trigger(buf, forward)
end

---Where there is one only, more is asked for.
---@param count integer
local function go_on(count)
  local buf, by = vim.api.nvim_get_current_buf(), presenter()
  if by.count(buf) > 1 then
    by.go_on(buf, count)
  else
    ask(count)
  end
end

function M.next()
  go_on(1)
end

function M.previous()
  go_on(-1)
end

---What is shown goes; what is typed next may bring more.
function M.clear()
  presenter().clear(vim.api.nvim_get_current_buf())
end

---Until something is typed.
function M.dismiss()
  dismissed.set(vim.api.nvim_get_current_buf())
  M.clear()
end

function M.trigger()
  ask()
end

return M
