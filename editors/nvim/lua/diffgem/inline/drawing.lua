---Ghost text as an extmark at the cursor: nothing of the buffer moves.
local M = {}

local NAMESPACE = vim.api.nvim_create_namespace("diffgem.inline")
local MARK = 1

---@param buf integer
function M.clear(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, NAMESPACE, 0, -1)
  end
end

---@param buf integer
---@return boolean
function M.is_drawn(buf)
  return vim.api.nvim_buf_get_extmark_by_id(buf, NAMESPACE, MARK, {})[1] ~= nil
end

---@param buf integer
---@param text string
---@return string with tabs as wide as they will be; virtual text has none
local function without_tabs(buf, text)
  local indent, behind = text:match("^(\t*)(.*)$")
  return (" "):rep(#indent * vim.bo[buf].tabstop) .. behind:gsub("\t", " ")
end

---One mark that is moved and changed: text that only goes on does not flicker.
---@param buf integer
---@param row integer
---@param col integer
---@param text string
---@param note? string behind it
function M.draw(buf, row, col, text, note)
  local lines = {} ---@type [string, string][][]
  for line in vim.gsplit(text, "\n", { plain = true }) do
    lines[#lines + 1] = { { without_tabs(buf, line), "DiffGemGhost" } }
  end
  if note then
    table.insert(lines[#lines], { note, "DiffGemNote" })
  end
  vim.api.nvim_buf_set_extmark(buf, NAMESPACE, row, col, {
    id = MARK,
    virt_text = lines[1],
    virt_text_pos = "inline",
    virt_lines = #lines > 1 and vim.list_slice(lines, 2) or nil,
    hl_mode = "combine",
    undo_restore = false,
  })
end

return M
