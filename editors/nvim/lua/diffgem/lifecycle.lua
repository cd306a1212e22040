---Start, stop, and what happens when the server ends by itself.
local tell = require("diffgem.tell")

local M = {}

local NAME = "diffgem"
local MOST_ENDS, WITHIN_MS = 3, 180000

---@type integer[] when it has ended by itself, in milliseconds
local ends = {}
---@type table<integer, true> clients that were told to end
local dismissed = {}

function M.start()
  ends = {}
  tell.forget("ended")
  tell.forget("missing")
  require("diffgem.client").ensure()
  vim.lsp.enable(NAME, true)
end

function M.stop()
  for _, client in ipairs(vim.lsp.get_clients({ name = NAME })) do
    dismissed[client.id] = true
  end
  vim.lsp.enable(NAME, false)
end

---@param again fun() when no client is left, or after five seconds
local function when_gone(again)
  local began, timer = vim.uv.now(), assert(vim.uv.new_timer())
  timer:start(
    0,
    50,
    vim.schedule_wrap(function()
      local left = vim.lsp.get_clients({ name = NAME, _uninitialized = true })
      if timer:is_closing() or (#left > 0 and vim.uv.now() - began < 5000) then
        return
      end
      timer:close()
      again()
    end)
  )
end

function M.restart()
  M.stop()
  when_gone(M.start)
end

---@return boolean whether it has happened too often
local function is_hopeless()
  ends[#ends + 1] = vim.uv.now()
  ends = vim.tbl_filter(function(at)
    return vim.uv.now() - at < WITHIN_MS
  end, ends)
  return #ends >= MOST_ENDS
end

---@param id integer
---@param how string
---@param well boolean whether it ended as if somebody had asked it to
function M.ended(id, how, well)
  require("diffgem.status").gone(id)
  if dismissed[id] or well or vim.v.exiting ~= vim.NIL then
    dismissed[id] = nil
    return
  end
  if is_hopeless() then
    vim.lsp.enable(NAME, false)
    return tell.error("the server has ended for the third time: see :DiffGem log")
  end
  tell.once("ended", ("the server has ended %s and is started again"):format(how))
  when_gone(function()
    vim.lsp.enable(NAME, true)
  end)
end

return M
