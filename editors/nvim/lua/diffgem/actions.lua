---What users ask for by name: fill, rewrite, retry, trust.
local tell = require("diffgem.tell")

local M = {}

---@return vim.lsp.Client? client of the current buffer; without one the user is told
function M.client()
  local client = require("diffgem.client").of(0)
  if not client then
    tell.error("no server for this buffer: see :checkhealth diffgem")
  end
  return client
end

---The code action at the cursor that fills a hole.
function M.fill()
  if M.client() then
    vim.lsp.buf.code_action({
      context = { only = { "refactor.rewrite.diffgem.fill" }, diagnostics = {} },
      apply = true,
    })
  end
end

---@param client vim.lsp.Client
---@param call vim.api.keyset.create_user_command.command_args
---@return lsp.Range of whole lines
local function lines_of(client, call)
  local last = vim.api.nvim_buf_get_lines(0, call.line2 - 1, call.line2, false)[1] or ""
  return {
    start = { line = call.line1 - 1, character = 0 },
    ["end"] = {
      line = call.line2 - 1,
      character = vim.str_utfindex(last, client.offset_encoding),
    },
  }
end

---Rewrites the lines of the range as the instruction says.
---@param instruction string
---@param call vim.api.keyset.create_user_command.command_args
function M.rewrite(instruction, call)
  local client = M.client()
  if not client then
    return
  elseif instruction == "" then
    return tell.error("what to do? :'<,'>DiffGem rewrite {instruction}")
  end
  local arguments = { vim.uri_from_bufnr(0), lines_of(client, call), instruction }
  local command = { title = "Rewrite", command = "diffgem.rewrite", arguments = arguments }
  client:exec_cmd(command, { bufnr = 0 }, function(err)
    if err then
      tell.error(err.message)
    end
  end)
end

---The engine has failed, and what was wrong is mended.
function M.retry()
  local client = M.client()
  if client then
    client:exec_cmd({ title = "Retry", command = "diffgem.retryEngine" })
  end
end

---The project's own server may run from now on, if the user says so.
function M.trust()
  local root = vim.fs.root(0, require("diffgem.config").get().root_markers)
  local program = require("diffgem.find").server(root).untrusted
  if not program then
    return tell.info("this project has no server of its own that waits for it")
  end
  if require("diffgem.trust").ask(program) then
    require("diffgem.lifecycle").restart()
  end
end

return M
