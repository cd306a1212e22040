---Colours, each a link that a colour scheme or the user may replace.
local M = {}

local LINKS = {
  DiffGemGhost = "Comment", -- NonText is hard to read in the default scheme
  DiffGemNote = "Comment",
  DiffGemDelete = "DiffDelete",
  DiffGemAdd = "DiffAdd",
  DiffGemHint = "DiagnosticVirtualTextHint",
}

function M.define()
  for name, link in pairs(LINKS) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

return M
