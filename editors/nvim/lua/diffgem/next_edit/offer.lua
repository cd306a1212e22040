---Next edits that are offered in a buffer.  Each is held by an extmark over what it replaces, so that
---it moves with the text; one whose text has changed is gone.
local M = {}

local PLACES = vim.api.nvim_create_namespace("diffgem.next_edit.places")

---@class diffgem.Offer
---@field mark integer
---@field old string what it replaces
---@field text string
---@field command? lsp.Command

---@class diffgem.Place where an offer is now
---@field row integer
---@field col integer
---@field end_row integer
---@field end_col integer

---@param buf integer
---@param position lsp.Position
---@param encoding string
---@return integer row, integer col
local function place(buf, position, encoding)
  local last = vim.api.nvim_buf_line_count(buf) - 1
  if position.line > last then -- behind the last line
    local text = vim.api.nvim_buf_get_lines(buf, last, last + 1, false)[1]
    return last, #text
  end
  local line = vim.api.nvim_buf_get_lines(buf, position.line, position.line + 1, false)[1]
  return position.line, vim.str_byteindex(line, encoding, position.character, false)
end

---@param buf integer
---@param at diffgem.Place
---@return string
local function text_at(buf, at)
  local lines = vim.api.nvim_buf_get_text(buf, at.row, at.col, at.end_row, at.end_col, {})
  return table.concat(lines, "\n")
end

---@param buf integer
---@param edit { range: lsp.Range, text: string, command?: lsp.Command }
---@param encoding string
---@return diffgem.Offer
function M.of(buf, edit, encoding)
  local row, col = place(buf, edit.range.start, encoding)
  local end_row, end_col = place(buf, edit.range["end"], encoding)
  local at = { row = row, col = col, end_row = end_row, end_col = end_col }
  local mark = vim.api.nvim_buf_set_extmark(buf, PLACES, row, col, {
    end_row = end_row,
    end_col = end_col,
    right_gravity = false,
    end_right_gravity = true,
    undo_restore = true,
  })
  local text = edit.text:gsub("\r\n?", "\n")
  return { mark = mark, old = text_at(buf, at), text = text, command = edit.command }
end

---@param buf integer
---@param offer diffgem.Offer
---@return diffgem.Place? nil where its text is no longer what it was, or there is no such place
function M.place(buf, offer)
  local found = vim.api.nvim_buf_get_extmark_by_id(buf, PLACES, offer.mark, { details = true })
  local details = found[3]
  if not details then
    return nil
  end
  local at =
    { row = found[1], col = found[2], end_row = details.end_row, end_col = details.end_col }
  local ok, text = pcall(text_at, buf, at) -- the mark of a deleted last line is behind the end
  return ok and text == offer.old and at or nil
end

---@param buf integer
---@param offers diffgem.Offer[]
---@return diffgem.Offer[] those that still stand, from top to bottom
function M.standing(buf, offers)
  local places = {} ---@type table<diffgem.Offer, diffgem.Place>
  local found = vim.tbl_filter(function(each)
    places[each] = M.place(buf, each)
    return places[each] ~= nil
  end, offers)
  table.sort(found, function(one, other)
    local a, b = places[one], places[other]
    return a.row < b.row or (a.row == b.row and a.col < b.col)
  end)
  return found
end

---One undo takes it back.  The cursor is on its last character, or behind it in insert mode.
---@param buf integer
---@param offer diffgem.Offer
---@return boolean
function M.apply(buf, offer)
  local at = M.place(buf, offer)
  if not at or not vim.bo[buf].modifiable then
    return false
  end
  local lines = vim.split(offer.text, "\n", { plain = true })
  vim.bo[buf].undolevels = vim.bo[buf].undolevels
  vim.api.nvim_buf_set_text(buf, at.row, at.col, at.end_row, at.end_col, lines)
  local col = #lines[#lines] + (#lines == 1 and at.col or 0)
  vim.api.nvim_win_set_cursor(0, { at.row + #lines, col })
  return true
end

---@param buf integer
function M.forget(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, PLACES, 0, -1)
  end
end

return M
