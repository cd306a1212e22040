---The request for ghost text, and what its answer holds.
local suggestions = require("diffgem.inline.suggestion")

local M = {}

M.METHOD = "textDocument/inlineCompletion"
M.INVOKED, M.AUTOMATIC = 1, 2

---At the cursor of the current window.
---@param buf integer
---@param client vim.lsp.Client
---@param kind integer
---@return lsp.InlineCompletionParams
function M.params(buf, client, kind)
  return {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    position = vim.lsp.util.make_position_params(0, client.offset_encoding).position,
    context = { triggerKind = kind },
  }
end

---@param buf integer
---@param result lsp.InlineCompletionList
---@param asked [integer, integer] row and column of the cursor
---@param client vim.lsp.Client
---@return diffgem.Suggestion[] that still fit
function M.suggestions(buf, result, asked, client)
  local found = {} ---@type diffgem.Suggestion[]
  for _, item in ipairs(result.items) do
    found[#found + 1] = suggestions.of(buf, item, asked, client)
  end
  return suggestions.fitting(buf, found)
end

return M
