---What is shown in a window: an explanation, the log, the status, the doctor's findings.
local tell = require("diffgem.tell")

local M = {}

---@return fun(): boolean whether the user still waits in this window, or has gone on since
local function waiting()
  local win = vim.api.nvim_get_current_win()
  return function()
    return vim.api.nvim_get_current_win() == win and vim.api.nvim_get_mode().mode == "n"
  end
end

---@param name string
---@param lines string[]
---@param waits fun(): boolean without it the cursor stays where the user types
---@param filetype? string
local function show(name, lines, waits, filetype)
  if vim.fn.getcmdwintype() ~= "" then -- beside it no window may be opened
    local again = vim.schedule_wrap(function()
      show(name, lines, waits, filetype)
    end)
    vim.api.nvim_create_autocmd("CmdwinLeave", { once = true, callback = again })
    return
  end
  local buf = vim.api.nvim_create_buf(true, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.api.nvim_open_win(buf, waits(), { split = vim.o.splitbelow and "below" or "above" })
  vim.bo[buf].bufhidden, vim.bo[buf].modifiable = "wipe", false
  vim.bo[buf].filetype = filetype or "diffgem"
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
  local waits = waiting()
  client:exec_cmd(command, { bufnr = 0 }, function(err, found)
    if err then
      return tell.error(err.message)
    end
    show("explain", require("diffgem.explanation").lines(found), waits, "markdown")
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

---What the doctor takes of the settings; a bad one is a message, and is left out.
---@param settings table<string, any>
---@return string[]
local function doctors_options(settings)
  local words = {} ---@type string[]
  for _, each in ipairs({
    { "--socket", "engineSocket" },
    { "--token-file", "engineTokenFile" },
    { "--certificate", "engineCertificate" },
    { "--model", "model" },
  }) do
    local option, name = unpack(each)
    local value = settings[name]
    if type(value) == "string" then
      vim.list_extend(words, { option, value })
    elseif value ~= nil and value ~= vim.NIL then
      tell.say(require("diffgem.checks").complaint("settings." .. name, "a text", value))
    end
  end
  return words
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
  vim.list_extend(command, doctors_options(config.settings))
  local waits = waiting()
  tell.info("the doctor looks; this may take a minute")
  vim.system(command, { text = true }, function(done)
    vim.schedule(function()
      show("doctor", vim.split(vim.trim(done.stdout .. done.stderr), "\n"), waits)
    end)
  end)
end

return M
