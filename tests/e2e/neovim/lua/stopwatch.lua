-- When the last key was typed, and when ghost text was first drawn after it; in milliseconds.
local seen = require("seen")
local M = {}

local function now()
  return vim.uv.hrtime() / 1e6
end

function M.start()
  vim.on_key(function(_, typed)
    if typed ~= "" then
      M.key, M.drawn = now(), nil
    end
  end)
  local drawn
  vim.api.nvim_set_decoration_provider(vim.api.nvim_create_namespace("stopwatch"), {
    on_win = function(_, _, buf)
      drawn = seen.ghost(buf) ~= nil
      return false
    end,
    on_end = function()
      if drawn and M.key and not M.drawn then
        M.drawn = now()
      end
    end,
  })
end

-- From the last key to ghost text, if there is some: milliseconds, and the document's version.
function M.took()
  if not M.drawn then
    return nil
  end
  return { M.drawn - M.key, vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()] }
end

return M
