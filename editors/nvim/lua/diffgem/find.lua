---Where `diffgem-lsp` is.
local M = {}

local PROGRAM = "diffgem-lsp"

---What to do so that there is one, in the words of `:checkhealth`.
M.ADVICE = {
  "install it where Neovim finds it, in an environment that is active or on PATH: "
    .. "pip install '/path/to/diffgem[engine]', with a clone of its repository",
  "or say where it is: require('diffgem').setup({ cmd = { '/path/to/diffgem-lsp' } })",
}

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

---@class diffgem.Complaint
---@field short string what Neovim shows on one line, without a prompt that waits for a key
---@field long string
---@field advice string[]

---@param found diffgem.Found without a command
---@return diffgem.Complaint
function M.missing(found)
  local cmd = require("diffgem.config").get().cmd
  if cmd then
    return {
      short = "the option cmd names no program (:checkhealth diffgem)",
      long = ("the option cmd says %s, which is no program"):format(cmd[1]),
      advice = M.ADVICE,
    }
  end
  if found.untrusted then
    return {
      short = "the project's own server waits for :DiffGem trust",
      long = found.untrusted .. " is the project's own and does not run before you allow it",
      advice = { ":DiffGem trust allows it", "or install one elsewhere: " .. M.ADVICE[1] },
    }
  end
  return {
    short = "no diffgem-lsp found: install it (:checkhealth diffgem)",
    long = "diffgem-lsp was not found: not in this project, in $VIRTUAL_ENV, or on $PATH",
    advice = M.ADVICE,
  }
end

return M
