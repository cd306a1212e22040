---Puts a suggestion, or a part of it, into the buffer, and tells the server.
local suggestions = require("diffgem.inline.suggestion")

local M = {}

---What comes now is undone by itself.
local function break_undo()
  vim.bo.undolevels = vim.bo.undolevels
end

---@param buf integer
---@param row integer
---@param col integer
---@param after integer bytes behind it that go
---@param text string
local function insert(buf, row, col, after, text)
  local lines = vim.split(text, "\n", { plain = true })
  break_undo()
  vim.api.nvim_buf_set_text(buf, row, col, row, col + after, lines)
  local column = #lines[#lines] + (#lines == 1 and col or 0)
  vim.api.nvim_win_set_cursor(0, { row + #lines, column })
end

---@param suggestion diffgem.Suggestion
---@return string the text that the server knows it by
local function known_text(suggestion)
  local command = suggestion.item.command
  local text = command and command.arguments and command.arguments[2]
  return type(text) == "string" and text or suggestion.item.insertText --[[@as string]]
end

---@param text string
---@return integer
local function utf16(text)
  return vim.str_utfindex(text, "utf-16")
end

---@param client vim.lsp.Client
---@param suggestion diffgem.Suggestion
---@param left string behind the part
local function tell_of_part(client, suggestion, left)
  local whole = known_text(suggestion)
  local newlines = whole:find("\r\n", 1, true) and select(2, left:gsub("\n", "\n")) or 0
  client:notify("textDocument/didPartiallyAcceptCompletion", {
    item = { insertText = whole, command = suggestion.item.command },
    acceptedLength = utf16(whole) - utf16(left) - newlines,
  })
end

---@param buf integer
---@param suggestion diffgem.Suggestion
---@param left string behind what was taken
local function tell(buf, suggestion, left)
  local client = vim.lsp.get_client_by_id(suggestion.client_id)
  if not client then
    return
  end
  if left ~= "" then
    tell_of_part(client, suggestion, left)
  elseif suggestion.item.command then
    client:exec_cmd(suggestion.item.command, { bufnr = buf })
  end
end

---At the cursor of the current window.
---@param buf integer
---@param suggestion diffgem.Suggestion
---@param part diffgem.Part
---@return boolean taken whether there was something left of it
function M.take(buf, suggestion, part)
  local row, col = suggestions.cursor()
  local rest = suggestions.rest(buf, suggestion, row, col)
  if not rest or not vim.bo[buf].modifiable then
    return false
  end
  local taken = part(rest)
  local left = rest:sub(#taken + 1)
  local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1]
  local after = left == "" and math.min(suggestion.after, #line - col) or 0
  insert(buf, row, col, after, taken)
  tell(buf, suggestion, left)
  return true
end

return M
