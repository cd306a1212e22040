---Whether the user has allowed a file of a project to run: `:help :trust`.
---
---A repository that somebody else made may bring any program along, so the one in its `.venv` runs
---only once it is trusted.  That is looked up here, and asked only where the user wants to be asked.
local M = {}

---@param path string
---@return string?
local function hash_of(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text and vim.fn.sha256(text)
end

---@param path string
---@return boolean
function M.is_trusted(path)
  local real = vim.uv.fs_realpath(path)
  local file = real and io.open(vim.fs.joinpath(vim.fn.stdpath("state"), "trust"), "r")
  if not file then
    return false
  end
  local text = "\n" .. file:read("*a") .. "\n"
  file:close()
  local kept = text:match("\n(%S+) " .. vim.pesc(real) .. "\n")
  return kept ~= nil and kept == hash_of(real)
end

---Asks the user.
---@param path string
---@return boolean
function M.ask(path)
  return vim.secure.read(path) ~= nil
end

return M
