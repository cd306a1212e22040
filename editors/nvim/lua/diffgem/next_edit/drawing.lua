---Next edits as the user sees them: what goes is marked, what comes stands behind it, and where it is
---out of sight a note at the cursor says where.
local difference = require("diffgem.next_edit.difference")

local M = {}

local NAMESPACE = vim.api.nvim_create_namespace("diffgem.next_edit")

---@param buf integer
function M.clear(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, NAMESPACE, 0, -1)
  end
end

---@param at diffgem.Place
---@param text string that stands there
---@param count integer bytes of it
---@return integer row, integer col behind so many bytes
local function behind(at, text, count)
  local passed = text:sub(1, count)
  local _, lines = passed:gsub("\n", "")
  if lines == 0 then
    return at.row, at.col + count
  end
  return at.row + lines, #passed:match("[^\n]*$")
end

---@param text string
---@return string
local function without_tabs(text)
  return (text:gsub("\t", (" "):rep(vim.bo.tabstop)))
end

---@param buf integer
---@param at diffgem.Place
---@param offer diffgem.Offer
function M.draw(buf, at, offer)
  local change = difference.between(offer.old, offer.text)
  local row, col = behind(at, offer.old, change.head)
  local end_row, end_col = behind(at, offer.old, change.head + #change.old)
  if change.old ~= "" then
    vim.api.nvim_buf_set_extmark(buf, NAMESPACE, row, col, {
      end_row = end_row,
      end_col = end_col,
      hl_group = "DiffGemDelete",
    })
  end
  if change.new == "" then
    return
  end
  local lines = {} ---@type [string, string][][]
  for line in vim.gsplit(change.new, "\n", { plain = true }) do
    lines[#lines + 1] = { { without_tabs(line), "DiffGemAdd" } }
  end
  vim.api.nvim_buf_set_extmark(buf, NAMESPACE, end_row, end_col, {
    virt_text = lines[1],
    virt_text_pos = "inline",
    virt_lines = #lines > 1 and vim.list_slice(lines, 2) or nil,
  })
end

---@param buf integer
---@param row integer
---@param text string
function M.note(buf, row, text)
  vim.api.nvim_buf_set_extmark(buf, NAMESPACE, row, 0, {
    virt_text = { { " " .. text, "DiffGemHint" } },
    virt_text_pos = "eol",
  })
end

return M
