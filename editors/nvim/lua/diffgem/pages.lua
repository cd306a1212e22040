---What is shown in a window: an explanation, the log, the status, the doctor's findings.
local tell = require("diffgem.tell")

local M = {}

---@param name string
---@param lines string[]
---@param filetype? string
local function show(name, lines, filetype)
  vim.cmd.new()
  local buf = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].buftype, vim.bo[buf].bufhidden = "nofile", "wipe"
  vim.bo[buf].modifiable, vim.bo[buf].filetype = false, filetype or "diffgem"
  pcall(vim.api.nvim_buf_set_name, buf, "diffgem://" .. name)
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buf, desc = "Close" })
end

---What the engine would be sent for the place of the cursor, and why.
function M.explain()
  local client = require("diffgem.actions").client()
  if not client then
    return
  end
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
  local command = {
    title = "Explain",
    command = "diffgem.explain",
    arguments = { vim.uri_from_bufnr(0), position },
  }
  client:exec_cmd(command, { bufnr = 0 }, function(err, found)
    if err then
      return tell.error(err.message)
    end
    show("explain", require("diffgem.explanation").lines(found), "markdown")
  end)
end

function M.log()
  local path = require("diffgem.process").log_file()
  if not path or vim.fn.filereadable(path) == 0 then
    return tell.info("the server has not logged anything")
  end
  vim.cmd.split({ args = { vim.fn.fnameescape(path) }, mods = { keepalt = true } })
  vim.bo.autoread, vim.bo.readonly = true, true
  vim.cmd("normal! G")
end

---In a message, where it can be read and copied.
function M.status()
  local status = require("diffgem.status").of(0)
  if not status then
    return tell.info("no server for this buffer: see :checkhealth diffgem")
  end
  local words = { status.state .. ": " .. status.message }
  if status.model then
    words[#words + 1] = "model " .. status.model
  end
  if status.latencyMs then
    words[#words + 1] = ("the last answer took %d ms"):format(status.latencyMs)
  end
  tell.info(table.concat(words, "; "))
end

---The server's own checks, with the engine that the settings name.
function M.doctor()
  local config = require("diffgem.config").get()
  local root = vim.fs.root(0, config.root_markers)
  local found = require("diffgem.find").server(root)
  if not found.command then
    local complaint = require("diffgem.find").missing(found)
    return tell.error(("%s: %s"):format(complaint.long, table.concat(complaint.advice, "; ")))
  end
  local command = vim.list_extend(vim.list_slice(found.command), { "doctor" })
  for _, option in ipairs({
    { "--socket", config.settings.engineSocket },
    { "--token-file", config.settings.engineTokenFile },
    { "--certificate", config.settings.engineCertificate },
    { "--model", config.settings.model },
  }) do
    if option[2] then
      vim.list_extend(command, option)
    end
  end
  tell.info("the doctor looks; this may take a minute")
  vim.system(command, { text = true }, function(done)
    vim.schedule(function()
      show("doctor", vim.split(vim.trim(done.stdout .. done.stderr), "\n"))
    end)
  end)
end

return M
