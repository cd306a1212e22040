---Ghost text drawn by Neovim 0.12's `vim.lsp.inline_completion`.
---
---Neovim asks, 200 ms after a key, and draws.  It keeps drawing what the user has departed from, and
---would put a text that is accepted then where it was asked for; so the requests of our client are
---followed: what no longer fits is taken back, and what is accepted goes in at the cursor.
local dismissed = require("diffgem.inline.dismissed")
local suggestions = require("diffgem.inline.suggestion")
local wire = require("diffgem.inline.wire")

local M = {}

local DRAWN = vim.api.nvim_create_namespace("nvim.lsp.inline_completion")

---@class diffgem.Native
---@field suggestions diffgem.Suggestion[] what Neovim has of us
---@field client vim.lsp.Client
---@field answer? fun(err: any, result: any, context: table) Neovim's own, to draw or clear
---@field invoke? boolean the next request is one by hand
---@field forward? integer when it has come, go on by so many

---@type table<integer, diffgem.Native>
local buffers = {}

---@param buf integer
---@param items lsp.InlineCompletionItem[]
local function draw(buf, items)
  local state = buffers[buf]
  if state and state.answer then
    state.answer(nil, { items = items }, { client_id = state.client.id, bufnr = buf })
  end
end

---@param buf integer
---@param fitting diffgem.Suggestion[]
local function draw_again(buf, fitting)
  buffers[buf].suggestions = fitting
  draw(
    buf,
    vim.tbl_map(function(each)
      return vim.tbl_extend("force", each.item, { insertText = each.text })
    end, fitting)
  )
end

---@param buf integer
---@return integer
function M.count(buf)
  return buffers[buf] and #buffers[buf].suggestions or 0
end

---@param _ integer
---@param count integer
function M.go_on(_, count)
  vim.lsp.inline_completion.select({ count = count })
end

---@param buf integer
local function go_forward(buf)
  local state = buffers[buf]
  local count = state.forward
  state.forward = nil
  if count and #state.suggestions > 1 then
    M.go_on(buf, count)
  end
end

---@param buf integer
---@param result? lsp.InlineCompletionList
---@param asked [integer, integer]
local function arrived(buf, result, asked)
  local state = buffers[buf]
  if not state or not result or vim.api.nvim_get_current_buf() ~= buf then
    return
  end
  if dismissed.is_set(buf) then
    return draw_again(buf, {})
  end
  draw_again(buf, wire.suggestions(buf, result, asked, state.client))
  go_forward(buf)
end

---@param buf integer
---@param params lsp.InlineCompletionParams
---@param handler function
---@return function
local function followed(buf, params, handler)
  local state = buffers[buf]
  state.answer = handler
  if state.invoke then
    params.context.triggerKind = wire.INVOKED
    state.invoke = nil
  end
  local asked = { suggestions.cursor() }
  return function(err, result)
    if not err then
      arrived(buf, result, asked)
    end
  end
end

---@param client vim.lsp.Client
local function follow(client)
  local request = client.request
  ---@diagnostic disable-next-line: duplicate-set-field
  client.request = function(self, method, params, handler, buf)
    local own = method == wire.METHOD and handler and buffers[buf or 0]
    return request(self, method, params, own and followed(buf, params, handler) or handler, buf)
  end
end

---@type table<integer, true>
local following = {}

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  if not following[client.id] then
    following[client.id] = true
    follow(client)
  end
  buffers[buf] = { suggestions = {}, client = client }
  vim.lsp.inline_completion.enable(true, { bufnr = buf })
end

---@param buf integer
function M.detach(buf)
  draw(buf, {})
  buffers[buf] = nil
end

---@param buf integer
---@return string? drawn behind the cursor
local function drawn(buf)
  local marks = vim.api.nvim_buf_get_extmarks(buf, DRAWN, 0, -1, { details = true })
  local details = marks[1] and marks[1][4]
  if not details or not details.virt_text then
    return nil
  end
  local lines = { details.virt_text[1][1] }
  for _, line in ipairs(details.virt_lines or {}) do
    lines[#lines + 1] = line[1][1]
  end
  return table.concat(lines, "\n")
end

---The one that the user sees.
---@param buf integer
---@return diffgem.Suggestion?
function M.shown(buf)
  local text, state = drawn(buf), buffers[buf]
  if not text or not state then
    return nil
  end
  local row, col = suggestions.cursor()
  for _, each in ipairs(state.suggestions) do
    local rest = suggestions.rest(buf, each, row, col)
    if rest and vim.endswith(rest, text) then
      return each
    end
  end
  return nil
end

---What is left of it as a suggestion of its own, at the cursor; what it stands for behind that is
---still there.
---@param buf integer
---@param suggestion diffgem.Suggestion that fits
---@return diffgem.Suggestion?
local function from_here(buf, suggestion)
  local client = buffers[buf].client
  local row, col = suggestions.cursor()
  local line = vim.api.nvim_get_current_line()
  local function place(byte)
    local before = line:sub(1, byte)
    return { line = row, character = vim.str_utfindex(before, client.offset_encoding) }
  end
  local item = vim.tbl_extend("force", suggestion.item, {
    insertText = suggestions.rest(buf, suggestion, row, col),
    range = { start = place(col), ["end"] = place(col + suggestion.after) },
  })
  return suggestions.of(buf, item, { row, col }, client)
end

---Something was typed, taken, or the cursor has moved.  What goes on in another line is drawn from
---there: Neovim would draw it where it began.
---@param buf integer
function M.moved(buf)
  local state = buffers[buf]
  if not state or #state.suggestions == 0 then
    return
  end
  local fitting = suggestions.fitting(buf, state.suggestions)
  local elsewhere = #fitting > 0 and fitting[1].row ~= suggestions.cursor()
  if elsewhere then
    draw_again(
      buf,
      vim.tbl_map(function(each)
        return from_here(buf, each)
      end, fitting)
    )
  elseif #fitting < #state.suggestions then
    draw_again(buf, fitting)
  end
end

---A part of it was put into the buffer: Neovim draws the rest from where the cursor is now.
---@param buf integer
---@param suggestion diffgem.Suggestion
function M.taken(buf, suggestion)
  local state = buffers[buf]
  if state and #suggestions.fitting(buf, { suggestion }) > 0 then
    draw_again(buf, { from_here(buf, suggestion) })
  else
    M.clear(buf)
  end
end

---As when insert mode is left, for which Neovim has no function: outside of that mode it takes no
---answer, not even the empty one, and shows what it has at the next key.
---@param buf integer
local function abort(buf)
  local group = "nvim.lsp.inline_completion:" .. buf
  pcall(vim.api.nvim_exec_autocmds, "InsertLeave", { group = group, buffer = buf, modeline = false })
end

---@param buf integer
function M.clear(buf)
  if buffers[buf] then
    draw_again(buf, {})
    abort(buf)
  end
end

---@param buf integer
---@param forward? integer
function M.trigger(buf, forward)
  local state = buffers[buf]
  if not state then
    return
  end
  state.invoke, state.forward = true, forward
  if not state.answer then -- Neovim has not asked yet
    require("diffgem.inline").refresh(buf)
  else
    local params = wire.params(buf, state.client, wire.INVOKED)
    state.client:request(wire.METHOD, params, state.answer, buf)
  end
end

return M
