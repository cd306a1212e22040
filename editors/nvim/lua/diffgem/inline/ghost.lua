---Ghost text of our own, for Neovim 0.11: what `native` does, without Neovim's part of it.
local dismissed = require("diffgem.inline.dismissed")
local drawing = require("diffgem.inline.drawing")
local suggestions = require("diffgem.inline.suggestion")
local wire = require("diffgem.inline.wire")

local M = {}

M.DEBOUNCE_MS = 15 -- only keys that come together; the server waits for pauses as it needs them

---@class diffgem.Ghost
---@field suggestions diffgem.Suggestion[]
---@field client vim.lsp.Client
---@field index integer of the one that is shown
---@field timer uv.uv_timer_t
---@field request? integer that is under way
---@field number integer of the latest request

---@type table<integer, diffgem.Ghost>
local buffers = {}

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  M.detach(buf)
  local timer = assert(vim.uv.new_timer())
  buffers[buf] = { suggestions = {}, client = client, index = 1, timer = timer, number = 0 }
end

---@param buf integer
function M.detach(buf)
  local state = buffers[buf]
  buffers[buf] = nil
  if state then
    state.timer:close()
    drawing.clear(buf)
  end
end

---@param buf integer
---@return diffgem.Suggestion?
function M.shown(buf)
  local state = buffers[buf]
  return state and drawing.is_drawn(buf) and state.suggestions[state.index] or nil
end

---@param state diffgem.Ghost
---@param buf integer
---@param counted? boolean say which of how many
local function draw(state, buf, counted)
  local suggestion = state.suggestions[state.index]
  local row, col = suggestions.cursor()
  local rest = suggestion and suggestions.rest(buf, suggestion, row, col)
  local typing = vim.api.nvim_get_mode().mode:sub(1, 1) == "i"
  if not rest or not typing or vim.fn.pumvisible() == 1 then
    return drawing.clear(buf)
  end
  local note = counted and (" (%d/%d)"):format(state.index, #state.suggestions) or nil
  drawing.draw(buf, row, col, rest, note)
end

---@param state diffgem.Ghost
---@param buf integer
local function keep_fitting(state, buf)
  local chosen = state.suggestions[state.index]
  state.suggestions = suggestions.fitting(buf, state.suggestions)
  state.index = 1
  for index, each in ipairs(state.suggestions) do
    if each == chosen then
      state.index = index
    end
  end
end

---@param state diffgem.Ghost
local function forget_request(state)
  state.timer:stop()
  state.number = state.number + 1
  if state.request then
    state.client:cancel_request(state.request)
    state.request = nil
  end
end

---@param buf integer
---@param result lsp.InlineCompletionList
---@param asked [integer, integer]
---@param forward? integer
local function arrived(buf, result, asked, forward)
  local state = buffers[buf]
  state.suggestions, state.index = wire.suggestions(buf, result, asked, state.client), 1
  if forward and #state.suggestions > 0 then
    state.index = forward % #state.suggestions + 1
  end
  draw(state, buf, forward ~= nil)
end

---The newest wins; an answer of null leaves what is there.
---@param buf integer
---@param kind integer
---@param forward? integer
local function ask(buf, kind, forward)
  local state = buffers[buf]
  if not state or vim.api.nvim_get_current_buf() ~= buf then
    return
  end
  forget_request(state)
  local number, asked = state.number, { suggestions.cursor() }
  local params = wire.params(buf, state.client, kind)
  local _, request = state.client:request(wire.METHOD, params, function(err, result)
    local current = buffers[buf] == state and state.number == number
    if current and not err and result and vim.api.nvim_get_current_buf() == buf then
      state.request = nil
      arrived(buf, result, asked, forward)
    end
  end, buf)
  state.request = request
end

---Something was typed, taken, or the cursor has moved.
---@param buf integer
function M.moved(buf)
  local state = buffers[buf]
  if not state then
    return
  end
  keep_fitting(state, buf)
  draw(state, buf)
  forget_request(state)
  if not dismissed.is_set(buf) then
    state.timer:start(
      M.DEBOUNCE_MS,
      0,
      vim.schedule_wrap(function()
        if vim.api.nvim_get_mode().mode:sub(1, 1) == "i" then
          ask(buf, wire.AUTOMATIC)
        end
      end)
    )
  end
end

---@param buf integer
function M.taken(buf)
  M.moved(buf)
end

---@param buf integer
function M.clear(buf)
  local state = buffers[buf]
  if state then
    state.suggestions = {}
    forget_request(state)
    drawing.clear(buf)
  end
end

---@param buf integer
---@param forward? integer
function M.trigger(buf, forward)
  ask(buf, wire.INVOKED, forward)
end

---@param buf integer
---@return integer
function M.count(buf)
  return buffers[buf] and #buffers[buf].suggestions or 0
end

---@param buf integer
---@param count integer
function M.go_on(buf, count)
  local state = buffers[buf]
  state.index = (state.index - 1 + count) % #state.suggestions + 1
  draw(state, buf, true)
end

return M
