---The server as a process: what is run, where it logs, how it ended.
local M = {}

---@return string? folder that can be written to
local function log_folder()
  local folder = vim.fn.stdpath("log") --[[@as string]]
  pcall(vim.fn.mkdir, folder, "p")
  return vim.fn.filewritable(folder) == 2 and folder or nil
end

---@return string? path of the server's log; nil where none can be written
function M.log_file()
  local folder = log_folder()
  return folder and vim.fs.joinpath(folder, "diffgem.log")
end

local how_it_ended, well = "", false
local SIGTERM = 15

---Called from a client's `on_exit`: of the process that has just ended.
---@return string how
---@return boolean well by `:lsp`, `vim.lsp.enable()`, `client:stop()`, or who else asked it to
function M.last_end()
  return how_it_ended, well
end

---Neovim is told of a quiet end: what there is to say of a loud one, and what to do, `lifecycle`
---says, and once.
---@param dispatchers vim.lsp.rpc.Dispatchers
---@return vim.lsp.rpc.Dispatchers
local function quietly(dispatchers)
  return vim.tbl_extend("force", dispatchers, {
    on_exit = function(code, signal)
      how_it_ended = signal ~= 0 and ("by signal " .. signal) or ("with code " .. code)
      well = code == 0 and (signal == 0 or signal == SIGTERM)
      dispatchers.on_exit(0, 0)
    end,
  })
end

---@param command string[]
---@return string[]
local function with_log(command)
  local log = #command == 1 and M.log_file()
  return log and { command[1], "--log-file", log } or command
end

---@param dispatchers vim.lsp.rpc.Dispatchers
---@param config vim.lsp.ClientConfig
---@return vim.lsp.rpc.PublicClient
function M.start(dispatchers, config)
  local root = config.root_dir
  local found = require("diffgem.find").server(root)
  local command = assert(found.command, "diffgem-lsp has gone: see :checkhealth diffgem")
  local cwd = root and vim.fn.isdirectory(root) == 1 and root or nil
  local extra = { cwd = cwd, env = config.cmd_env }
  return vim.lsp.rpc.start(with_log(command), quietly(dispatchers), extra)
end

return M
