---`:DiffGem`.
local M = {}
function M.run(_) end
function M.complete() return {} end
return M
