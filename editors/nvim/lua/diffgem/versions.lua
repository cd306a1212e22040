---Whether the server is one that this plugin can work with.
local M = {}

---@param version string
---@return string? "1.2" of "1.2.3"
local function series(version)
  return version:match("^%d+%.%d+")
end

---@param client vim.lsp.Client initialized
---@return diffgem.Complaint?
function M.complaint(client)
  local info = client.server_info or {}
  local own = require("diffgem").version
  if info.name ~= "diffgem" or not client:supports_method("textDocument/inlineCompletion") then
    return {
      short = "what was started is no diffgem-lsp (:checkhealth diffgem)",
      long = "what was started is no diffgem-lsp that gives ghost text",
      advice = require("diffgem.find").ADVICE,
    }
  end
  local theirs = info.version or "unknown"
  if series(theirs) ~= series(own) then
    local pip = "pip install '/path/to/diffgem[engine]', with a clone of version %s"
    return {
      short = ("diffgem-lsp %s does not fit (:checkhealth diffgem)"):format(theirs),
      long = ("diffgem-lsp is version %s, and this plugin is made for %s"):format(theirs, own),
      advice = { pip:format(series(own)), "or update the plugin" },
    }
  end
  return nil
end

return M
