---Asks for next edits once changes have settled; the newest request wins.
local M = {}

local METHOD = "textDocument/copilotInlineEdit"
local INVOKED, AUTOMATIC = 1, 2

---@class diffgem.Asking
---@field timer uv.uv_timer_t
---@field number integer of the latest request
---@field request? integer that is under way

---@type table<integer, diffgem.Asking>
local buffers = {}

---@param buf integer
function M.attach(buf)
  M.detach(buf)
  buffers[buf] = { timer = assert(vim.uv.new_timer()), number = 0 }
end

---@param buf integer
function M.detach(buf)
  if buffers[buf] then
    buffers[buf].timer:close()
    buffers[buf] = nil
  end
end

---Nothing that was asked for is wanted any longer.
---@param buf integer
function M.stop(buf)
  local state, client = buffers[buf], require("diffgem.client").of(buf)
  if not state then
    return
  end
  state.timer:stop()
  state.number = state.number + 1
  if state.request and client then
    client:cancel_request(state.request)
  end
  state.request = nil
end

---@param buf integer
---@param client vim.lsp.Client
---@param by_hand boolean
---@return table
local function params(buf, client, by_hand)
  return {
    textDocument = { uri = vim.uri_from_bufnr(buf), version = vim.lsp.util.buf_versions[buf] },
    position = vim.lsp.util.make_position_params(0, client.offset_encoding).position,
    context = { triggerKind = by_hand and INVOKED or AUTOMATIC },
  }
end

---@param buf integer the current one
---@param by_hand boolean
---@param arrived fun(edits: table[], client: vim.lsp.Client)
function M.now(buf, by_hand, arrived)
  local state, client = buffers[buf], require("diffgem.client").of(buf)
  if not state or not client or vim.api.nvim_get_current_buf() ~= buf then
    return
  end
  M.stop(buf)
  local number, tick = state.number, vim.api.nvim_buf_get_changedtick(buf)
  local function handler(err, result)
    local current = buffers[buf] == state and state.number == number
    if not current or vim.api.nvim_buf_get_changedtick(buf) ~= tick then
      return
    end
    state.request = nil
    arrived(not err and result and result.edits or {}, client)
  end
  local _, request = client:request(METHOD, params(buf, client, by_hand), handler, buf)
  state.request = request
end

---@param buf integer
---@param delay_ms integer
---@param settled fun()
function M.later(buf, delay_ms, settled)
  M.stop(buf)
  if buffers[buf] then
    buffers[buf].timer:start(delay_ms, 0, vim.schedule_wrap(settled))
  end
end

return M
