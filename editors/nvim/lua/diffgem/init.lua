---What users call.  Nothing of it loads another module before it needs it.
local M = {}

M.version = "0.1.0" -- that of the `diffgem-lsp` it is made for

---Starts the server for buffers of the filetypes.  A second call replaces what the first one set.
---@param options? diffgem.Options
function M.setup(options)
  if vim.fn.has("nvim-0.11") == 0 then
    vim.cmd("runtime plugin/diffgem.lua")
    return vim.cmd("DiffGem") -- which says what is needed
  end
  local config = require("diffgem.config").set(options)
  require("diffgem.starting").arm(config)
end

---For 'statusline': a short text, empty where there is nothing of ours.
---@return string
function M.status()
  local status = package.loaded["diffgem.status"]
  return status and status.text() or ""
end

return M
