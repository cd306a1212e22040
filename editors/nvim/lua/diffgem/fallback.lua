---What a key of ours was before: a mapping of the buffer, a global one, or the plain key.
local M = {}

---@param maps table<string, any>[]
---@param lhs string
---@return table<string, any>?
local function named(maps, lhs)
  local raw = vim.keycode(lhs)
  for _, map in ipairs(maps) do
    if vim.keycode(map.lhs) == raw or map.lhsraw == raw or map.lhsrawalt == raw then
      return map
    end
  end
  return nil
end

---@param buf integer
---@param mode string
---@param lhs string
---@return table<string, any>? mapping as `nvim_buf_get_keymap` has it
function M.of_buffer(buf, mode, lhs)
  return named(vim.api.nvim_buf_get_keymap(buf, mode), lhs)
end

---@param buf integer
---@param map? table<string, any>
function M.restore(buf, map)
  if map then
    vim.api.nvim_buf_call(buf, function()
      vim.fn.mapset(map)
    end)
  end
end

---@param map table<string, any>
---@return string
local function right_side(map)
  return ((map.rhs or ""):gsub("<[sS][iI][dD]>", ("<SNR>%d_"):format(map.sid)))
end

---@param map table<string, any> an expression
---@return string keys
local function evaluated(map)
  local value = map.callback and map.callback() or nil
  if not map.callback then
    value = vim.api.nvim_eval(right_side(map))
  end
  local keys = type(value) == "string" and value or ""
  return map.replace_keycodes == 1 and vim.keycode(keys) or keys
end

---@type function? the one that `run` is to call
local waiting

---Called by a key, in its turn: an expression may not change text.
function M.run()
  local callback = waiting
  waiting = nil
  if callback then
    callback()
  end
end

---@param map table<string, any>
---@return string keys
local function typed(map)
  if map.expr == 1 then
    return evaluated(map)
  elseif map.callback then
    waiting = map.callback
    return vim.keycode("<Cmd>lua require('diffgem.fallback').run()<CR>")
  end
  return vim.keycode(right_side(map))
end

---The keys that an expression mapping returns to do what `lhs` did.  Those that may be mapped again
---are fed, as what an expression returns is not.
---@param mode string
---@param lhs string
---@param before? table<string, any> the buffer's own mapping
---@return string
function M.keys(mode, lhs, before)
  local map = before or named(vim.api.nvim_get_keymap(mode), lhs)
  if not map then
    return vim.keycode(lhs)
  end
  local keys = typed(map)
  local itself = vim.startswith(keys, vim.keycode(lhs)) -- which Vim does not map again either
  if map.noremap == 0 and not itself then
    vim.api.nvim_feedkeys(keys, "mi", false)
    return ""
  end
  return keys
end

---@param mode string
---@param lhs string
---@param before? table<string, any>
---@return string? about nil where it is the plain key
function M.describe(mode, lhs, before)
  local map = before or named(vim.api.nvim_get_keymap(mode), lhs)
  return map and (map.desc or map.rhs or "a mapping of yours") or nil
end

return M
