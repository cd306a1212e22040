-- What plugins for Copilot's next edits do: ask when Insert mode is left, keep what is of the
-- version that is open, say that it is shown, apply it and run its command.
local M = { shown = {}, statuses = {}, outcomes = {}, scene = 0 }

local INLINE_EDIT = "textDocument/copilotInlineEdit"
local seen = require("seen")

local function focus(client, buf)
  client:notify("textDocument/didFocus", { textDocument = { uri = vim.uri_from_bufnr(buf) } })
end

local function show(client, buf, edits)
  M.shown = vim.tbl_filter(function(edit)
    return edit.textDocument.version == vim.lsp.util.buf_versions[buf]
  end, edits)
  for _, edit in ipairs(M.shown) do
    client:notify("textDocument/didShowInlineEdit", { item = { command = edit.command } })
  end
end

-- For the next scene. Leaving the last one's Insert mode asked too: that answer is not its own.
function M.forget()
  M.shown, M.statuses, M.outcomes, M.scene = {}, {}, {}, M.scene + 1
end

function M.ask()
  local client, buf, scene = seen.client(), vim.api.nvim_get_current_buf(), M.scene
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.textDocument.version = vim.lsp.util.buf_versions[buf]
  params.context = { triggerKind = 2 }
  client:request(INLINE_EDIT, params, function(err, result)
    if scene ~= M.scene then
      return
    end
    table.insert(M.outcomes, { err = err, edits = result and result.edits })
    show(client, buf, result.edits)
  end, buf)
end

-- Of what is shown: all, as one change.
function M.apply()
  local client, buf = seen.client(), vim.api.nvim_get_current_buf()
  local edits = vim.tbl_map(function(edit)
    return { range = edit.range, newText = edit.text }
  end, M.shown)
  vim.lsp.util.apply_text_edits(edits, buf, client.offset_encoding)
  for _, edit in ipairs(M.shown) do
    client:exec_cmd(edit.command, { bufnr = buf }, function(err)
      table.insert(M.outcomes, { err = err, ran = true })
    end)
  end
  M.shown = {}
end

function M.begin()
  vim.lsp.handlers["didChangeStatus"] = function(_, status)
    table.insert(M.statuses, status)
  end
  vim.api.nvim_create_autocmd({ "LspAttach", "BufEnter" }, {
    callback = function(event)
      local client = seen.client(event.buf)
      if client then
        focus(client, event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd("InsertLeave", { callback = M.ask })
end

return M
