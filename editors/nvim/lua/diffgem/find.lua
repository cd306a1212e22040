---Where `diffgem-lsp` is.
local M = {}

local PROGRAM = "diffgem-lsp"
M.ADVICE = "install it where Neovim finds it (pip install 'diffgem-lsp[engine]', in an environment "
  .. "that is active or on PATH), or say where it is: require('diffgem').setup({ cmd = "
  .. "{ '/path/to/diffgem-lsp' } })"

---@class diffgem.Found
---@field command? string[] nil if there is none
---@field origin string where it is from, or was looked for
---@field untrusted? string a program of the project's that is not used, as nobody has allowed it

---@param environment? string a Python environment's folder
---@return string?
local function inside(environment)
  if not environment or environment == "" then
    return nil
  end
  local program = vim.fs.joinpath(environment, "bin", PROGRAM)
  return vim.fn.executable(program) == 1 and program or nil
end

---@param root? string
---@return string? program, string name
local function in_project(root)
  for _, name in ipairs(root and { ".venv", "venv" } or {}) do
    local program = inside(vim.fs.joinpath(root, name))
    if program then
      return program, name
    end
  end
  return nil, ""
end

---@param cmd string[]
---@return diffgem.Found
local function chosen(cmd)
  local command = vim.list_extend({ vim.fs.normalize(cmd[1]) }, cmd, 2)
  local there = vim.fn.executable(command[1]) == 1
  return { command = there and command or nil, origin = "the option cmd" }
end

---The command that starts the server for a project.
---@param root? string the project's folder
---@return diffgem.Found
function M.server(root)
  local cmd = require("diffgem.config").get().cmd
  if cmd then
    return chosen(cmd)
  end
  local own, name = in_project(root)
  if own and require("diffgem.trust").is_trusted(own) then
    return { command = { own }, origin = "the project's " .. name }
  end
  local active = inside(vim.env.VIRTUAL_ENV)
  if active then
    return { command = { active }, origin = "VIRTUAL_ENV", untrusted = own ~= active and own or nil }
  end
  local program = vim.fn.exepath(PROGRAM)
  local command = program ~= "" and { program } or nil
  return { command = command, origin = "PATH", untrusted = own }
end

---@param found diffgem.Found without a command
---@return string message
function M.missing(found)
  local cmd = require("diffgem.config").get().cmd
  if cmd then
    return ("the option cmd says %s, which is no program: %s"):format(cmd[1], M.ADVICE)
  end
  if found.untrusted then
    return ("%s is the project's own and runs once you have allowed it, by :DiffGem trust; or "
      .. "install one elsewhere"):format(found.untrusted)
  end
  return PROGRAM .. " was not found: " .. M.ADVICE
end

return M
