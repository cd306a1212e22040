---What the server says of itself, for statuslines; the autocommand `User DiffGemStatus` tells of
---every change.
local M = {}

---@class diffgem.ServerStatus as docs/status.md has it
---@field state "starting"|"idle"|"busy"|"quiet"|"off"|"lost"|"failed"
---@field message string
---@field reason? string
---@field uri? string
---@field model? string
---@field progress? number
---@field retryInS? number
---@field latencyMs? integer
---@field ahead? integer

local GROUP = vim.api.nvim_create_augroup("diffgem.status", { clear = true })

---@type table<integer, diffgem.ServerStatus> of each client
local latest = {}

local SYMBOLS = {
  starting = "…",
  idle = "✓",
  busy = "⋯",
  quiet = "–",
  off = "✗",
  lost = "!",
  failed = "!",
}

local WITHOUT_ENGINE = { starting = true, lost = true, failed = true }

local function announce()
  vim.api.nvim_exec_autocmds("User", { pattern = "DiffGemStatus", modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

---@param id integer a client's
---@param status diffgem.ServerStatus
function M.told(id, status)
  local before = latest[id]
  if vim.deep_equal(before, status) then
    return
  end
  latest[id] = status
  if status.state == "idle" and before and WITHOUT_ENGINE[before.state] then
    require("diffgem.inline").refresh(vim.api.nvim_get_current_buf())
  end
  announce()
end

---@param id integer a client that has ended
function M.gone(id)
  if latest[id] then
    latest[id] = nil
    announce()
  end
end

---For who comes late.
---@param client vim.lsp.Client
function M.ask(client)
  client:request("diffgem/status", vim.empty_dict(), function(err, status)
    if not err and status then
      M.told(client.id, status)
    end
  end)
end

---Tells the server of the document that the user is in.
---@param buf integer
local function focus(buf)
  local client = require("diffgem.client").of(buf)
  if client then
    local document = { uri = vim.uri_from_bufnr(buf) }
    client:notify("textDocument/didFocus", { textDocument = document })
  end
end

---@param buf integer
function M.attach(buf)
  vim.api.nvim_clear_autocmds({ group = GROUP, buffer = buf })
  vim.api.nvim_create_autocmd("BufEnter", {
    group = GROUP,
    buffer = buf,
    callback = function()
      focus(buf)
    end,
  })
  if vim.api.nvim_get_current_buf() == buf then
    focus(buf)
  end
end

---Of the server of a buffer.
---@param buf? integer the current one by default
---@return diffgem.ServerStatus?
function M.of(buf)
  for _, client in ipairs(vim.lsp.get_clients({ name = "diffgem", bufnr = buf or 0 })) do
    return latest[client.id]
  end
  return nil
end

---@param status diffgem.ServerStatus
---@return string
local function detail(status)
  if status.state == "quiet" or status.state == "off" then
    return status.reason or status.message
  elseif status.state == "idle" and status.latencyMs then
    return ("%s %d ms"):format(status.model, status.latencyMs)
  elseif status.ahead then
    return status.message
  elseif status.state == "idle" or status.state == "busy" then
    return status.model or status.message
  end
  return status.message
end

---@param text string
---@return string of one line, and not wide
local function short(text)
  text = text:gsub("%s+", " ")
  return vim.fn.strchars(text) > 50 and vim.fn.strcharpart(text, 0, 49) .. "…" or text
end

---Cheap enough for every redraw.  Empty in buffers without the server.
---@return string
function M.text()
  local status = M.of(0)
  if not status then
    return ""
  end
  local snoozed = require("diffgem.switches").snoozed_for()
  local next_edit = require("diffgem.next_edit").hint(0)
  local what = next_edit or (snoozed and ("snoozed, %d min"):format(snoozed)) or detail(status)
  return ("DiffGem %s %s"):format(SYMBOLS[status.state] or "?", short(what))
end

return M
