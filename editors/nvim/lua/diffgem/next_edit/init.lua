---Next edits: asked for when changes have settled, drawn, jumped to, applied.
local asking = require("diffgem.next_edit.asking")
local config = require("diffgem.config")
local drawing = require("diffgem.next_edit.drawing")
local offers = require("diffgem.next_edit.offer")

local M = {}

local GROUP = vim.api.nvim_create_augroup("diffgem.next_edit", { clear = true })

---@type table<integer, diffgem.Offer[]> what each buffer is offered, from top to bottom
local offered = {}

---@param buf integer
---@return diffgem.Offer?, diffgem.Place? the one at the cursor, or else the next below, or the first
local function current(buf)
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local first, place ---@type diffgem.Offer?, diffgem.Place?
  for _, each in ipairs(offered[buf] or {}) do
    local at = offers.place(buf, each)
    if at and at.end_row >= row then
      return each, at
    end
    if at and not first then
      first, place = each, at
    end
  end
  return first, place
end

---@param at diffgem.Place
---@return boolean
local function is_at_cursor(at)
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  return at.row <= row and row <= at.end_row
end

---@return string
local function key()
  return config.get().keys.next_edit or ":DiffGem next_edit"
end

---@param buf integer
local function draw(buf)
  drawing.clear(buf)
  local found, place = current(buf)
  if not found or not place then
    return
  end
  for _, each in ipairs(offered[buf]) do
    local at = offers.place(buf, each)
    if at then
      drawing.draw(buf, at, each)
    end
  end
  local what = is_at_cursor(place) and ("%s applies"):format(key())
    or ("next edit: line %d, %s"):format(place.row + 1, key())
  drawing.note(buf, vim.api.nvim_win_get_cursor(0)[1] - 1, what)
end

---@param buf integer
local function clear(buf)
  asking.stop(buf)
  drawing.clear(buf)
  offers.forget(buf)
  offered[buf] = nil
end

---@param buf integer
---@param by_hand boolean
local function ask(buf, by_hand)
  asking.now(buf, by_hand, function(edits, client)
    clear(buf)
    offered[buf] = offers.standing(
      buf,
      vim.tbl_map(function(each)
        return offers.of(buf, each, client.offset_encoding)
      end, edits)
    )
    draw(buf)
    if by_hand and #offered[buf] == 0 then
      require("diffgem.tell").info("no next edit")
    end
    vim.cmd.redrawstatus()
  end)
end

---@param buf integer
local function settle(buf)
  if config.get().next_edits.automatic then
    asking.later(buf, config.get().next_edits.delay_ms, function()
      if vim.api.nvim_get_mode().mode:sub(1, 1) == "n" then
        ask(buf, false)
      end
    end)
  end
end

---@param buf integer
local function changed(buf)
  offered[buf] = offers.standing(buf, offered[buf] or {})
  draw(buf)
  settle(buf)
end

---@param buf integer
---@param events string[]
---@param callback fun(buf: integer)
local function on(buf, events, callback)
  vim.api.nvim_create_autocmd(events, {
    group = GROUP,
    buffer = buf,
    callback = function()
      callback(buf)
    end,
  })
end

---@param _ vim.lsp.Client
---@param buf integer
function M.attach(_, buf)
  M.detach(buf)
  asking.attach(buf)
  on(buf, { "TextChanged", "InsertLeave" }, changed)
  on(buf, { "InsertEnter", "BufLeave" }, clear)
  on(buf, { "CursorMoved" }, function()
    if offered[buf] and #offered[buf] > 0 then
      draw(buf)
    end
  end)
end

---@param buf integer
function M.detach(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_clear_autocmds({ group = GROUP, buffer = buf })
  end
  clear(buf)
  asking.detach(buf)
end

---@return boolean
function M.is_shown()
  return current(vim.api.nvim_get_current_buf()) ~= nil
end

---For statuslines.
---@param buf integer
---@return string?
function M.hint(buf)
  buf = buf == 0 and vim.api.nvim_get_current_buf() or buf
  local count = #(offered[buf] or {})
  local _, at = current(buf)
  return at and ("next edit: line %d (%d)"):format(at.row + 1, count) or nil
end

---@param buf integer
---@param offer diffgem.Offer
local function apply(buf, offer)
  local client = require("diffgem.client").of(buf)
  if not offers.apply(buf, offer) then
    return
  end
  if client and offer.command then
    client:exec_cmd(offer.command, { bufnr = buf })
  end
  local others = vim.tbl_filter(function(each)
    return each ~= offer
  end, offered[buf])
  offered[buf] = offers.standing(buf, others)
  draw(buf)
end

---To the edit; where the cursor is there already, it is applied.
function M.jump_or_apply()
  local buf = vim.api.nvim_get_current_buf()
  local offer, at = current(buf)
  if not offer or not at then
    return
  end
  if is_at_cursor(at) then
    return apply(buf, offer)
  end
  vim.cmd("normal! m'") -- so that the jump list leads back
  vim.api.nvim_win_set_cursor(0, { at.row + 1, at.col })
  vim.cmd("normal! zv") -- what is applied must have been seen
  draw(buf)
end

function M.dismiss()
  clear(vim.api.nvim_get_current_buf())
  vim.cmd.redrawstatus()
end

---By hand: the edit that is there, or else the server is asked.
function M.go()
  if M.is_shown() then
    return M.jump_or_apply()
  end
  ask(vim.api.nvim_get_current_buf(), true)
end

return M
