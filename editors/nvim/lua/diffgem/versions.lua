---Whether the server is one that this plugin can work with.
local M = {}

---@param version string
---@return string? "0.1" of "0.1.0"
local function series(version)
  return version:match("^%d+%.%d+")
end

---@param client vim.lsp.Client initialized
---@return string? message
function M.complaint(client)
  local info = client.server_info or {}
  local own = require("diffgem").version
  if info.name ~= "diffgem" or not client:supports_method("textDocument/inlineCompletion") then
    return "what was started is no diffgem-lsp that gives ghost text: "
      .. require("diffgem.find").ADVICE
  end
  local theirs = info.version or "unknown"
  if series(theirs) ~= series(own) then
    return ("diffgem-lsp is version %s, and this plugin is made for %s: pip install "
      .. "'diffgem-lsp[engine]==%s.*', or update the plugin"):format(theirs, own, series(own))
  end
  return nil
end

return M
