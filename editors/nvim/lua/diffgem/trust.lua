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

---By a buffer, as Neovim 0.11 allows nothing else.
---@param path string
---@return boolean ok, string message
local function allow(path)
  local known = vim.fn.bufnr(vim.fn.fnameescape(path)) > 0
  local buf = vim.fn.bufadd(path)
  vim.cmd(("noautocmd call bufload(%d)"):format(buf))
  local ok, message = vim.secure.trust({ action = "allow", bufnr = buf })
  if not known then
    vim.api.nvim_buf_delete(buf, { force = true })
  end
  return ok, message
end

---Asks the user, and keeps the answer where Neovim keeps such.
---@param path string
---@return boolean
function M.ask(path)
  local question = ("Run %s, which this project brings along, as its language server?"):format(path)
  if vim.fn.confirm(question, "&No\n&Yes", 1) ~= 2 then
    return false
  end
  local ok, message = allow(path)
  if not ok then
    require("diffgem.tell").error(message)
  end
  return ok
end

return M
