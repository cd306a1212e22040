-- What a test asks of the Neovim it drives.  Columns count from 0, in bytes.
local M = {}

-- Neovim's own, of 0.12, and the plugin's, of 0.11.
local GHOST = { "nvim.lsp.inline_completion", "diffgem.inline" }

local function marks(buf, name)
  local namespace = vim.api.nvim_get_namespaces()[name]
  return namespace and vim.api.nvim_buf_get_extmarks(buf, namespace, 0, -1, { details = true }) or {}
end

local function text_of(chunks)
  return table.concat(vim.tbl_map(function(chunk)
    return chunk[1]
  end, chunks))
end

-- " (2/4)" at the end of ghost text, which is no part of it: what is left, and { 2, 4 }.
local function without_note(text)
  local rest, index, count = text:match("^(.*) %((%d+)/(%d+)%)$")
  return rest or text, rest and { tonumber(index), tonumber(count) }
end

-- The ghost text of a buffer: { row, col, text, place, count }, or nil.  `count_note` is which of
-- how many alternatives it says that it is.
function M.ghost(buf)
  local all = {}
  for _, name in ipairs(GHOST) do
    vim.list_extend(all, marks(buf or 0, name))
  end
  local mark = all[1]
  if not mark then
    return nil
  end
  local lines = { text_of(mark[4].virt_text) }
  for _, line in ipairs(mark[4].virt_lines or {}) do
    lines[#lines + 1] = text_of(line)
  end
  local text, note = without_note(table.concat(lines, "\n"))
  return {
    row = mark[2],
    col = mark[3],
    text = text,
    place = mark[4].virt_text_pos,
    count = #all,
    count_note = note,
  }
end

-- The texts that are drawn of a next edit.
function M.next_edit()
  local found = {}
  for name in pairs(vim.api.nvim_get_namespaces()) do
    for _, mark in ipairs(name:find("^diffgem%.next_edit") and marks(0, name) or {}) do
      for _, line in ipairs({ mark[4].virt_text, unpack(mark[4].virt_lines or {}) }) do
        found[#found + 1] = text_of(line)
      end
    end
  end
  return found
end

-- Of the plugin, or of a configuration of the test's own; that may have a longer name.
function M.client(buf)
  return vim.iter(vim.lsp.get_clients({ bufnr = buf or 0 })):find(function(client)
    return client.name:find("diffgem", 1, true) ~= nil
  end)
end

function M.is_attached()
  local client = M.client()
  return client ~= nil and client.initialized == true
end

function M.ask(method, params)
  local buf = vim.api.nvim_get_current_buf() -- of buffer 0, changes that wait would stay behind
  local reply, why = M.client():request_sync(method, params or vim.empty_dict(), 60000, buf)
  assert(reply, why)
  assert(not reply.err, vim.inspect(reply.err))
  return reply.result
end

-- The text as the server has it.
function M.served()
  return M.ask("diffgem/document", { textDocument = { uri = vim.uri_from_bufnr(0) } }).text
end

-- What was said to the user, by either way.
function M.listen()
  M.notified = {}
  local notify = vim.notify
  vim.notify = function(message, ...)
    table.insert(M.notified, message)
    return notify(message, ...)
  end
end

function M.taken()
  local all = M.notified
  M.notified = {}
  return all
end

return M
