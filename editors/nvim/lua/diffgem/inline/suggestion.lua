---A suggestion in a buffer: what of it is left while the user types.  Rows and columns count from 0,
---columns in bytes.
local M = {}

---@class diffgem.Suggestion
---@field row integer where its text begins
---@field col integer
---@field after integer bytes behind the cursor that it replaces
---@field text string with "\n" between lines
---@field item lsp.InlineCompletionItem as the server told it
---@field client_id integer

---@param buf integer
---@param position lsp.Position
---@param encoding string
---@return integer row, integer col
local function place(buf, position, encoding)
  local row = position.line
  local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ""
  return row, vim.str_byteindex(line, encoding, position.character, false)
end

---Of an item that was asked for at `asked`; the buffer is as it was then.
---@param buf integer
---@param item lsp.InlineCompletionItem
---@param asked [integer, integer] row and column of the cursor
---@param client vim.lsp.Client
---@return diffgem.Suggestion?
function M.of(buf, item, asked, client)
  local text = item.insertText
  if type(text) ~= "string" then
    return nil -- a snippet, which the server never sends
  end
  local found = {
    row = asked[1],
    col = asked[2],
    after = 0,
    text = (text:gsub("\r\n?", "\n")),
    item = item,
    client_id = client.id,
  }
  if item.range then
    found.row, found.col = place(buf, item.range.start, client.offset_encoding)
    local _, stop = place(buf, item.range["end"], client.offset_encoding)
    found.after = math.max(0, stop - asked[2])
  end
  return found
end

---@param buf integer
---@param suggestion diffgem.Suggestion
---@param row integer the cursor's
---@param col integer
---@return string?
local function typed(buf, suggestion, row, col)
  local first = suggestion.row
  if row < first or (row == first and col < suggestion.col) or row - first > 200 then
    return nil
  end
  local ok, lines = pcall(vim.api.nvim_buf_get_text, buf, first, suggestion.col, row, col, {})
  return ok and table.concat(lines, "\n") or nil
end

---What is left of it at the cursor; nil where something else was typed, or nothing is left.
---@param buf integer
---@param suggestion diffgem.Suggestion
---@param row integer
---@param col integer
---@return string?
function M.rest(buf, suggestion, row, col)
  local head = typed(buf, suggestion, row, col)
  if not head or not vim.startswith(suggestion.text, head) or #head == #suggestion.text then
    return nil
  end
  return suggestion.text:sub(#head + 1)
end

---@param win? integer
---@return integer row, integer col
function M.cursor(win)
  local position = vim.api.nvim_win_get_cursor(win or 0)
  return position[1] - 1, position[2]
end

---Those that go on with what stands before the cursor.
---@param buf integer
---@param suggestions diffgem.Suggestion[]
---@return diffgem.Suggestion[]
function M.fitting(buf, suggestions)
  local row, col = M.cursor()
  return vim.tbl_filter(function(each)
    return M.rest(buf, each, row, col) ~= nil
  end, suggestions)
end

return M
