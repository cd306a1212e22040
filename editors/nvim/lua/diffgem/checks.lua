---Options as given -> options to use.  A bad one is a message, and the default.
local M = {}

---@class diffgem.Check
---@field should string what it should be, for the message
---@field good fun(value: any): boolean

---@param value any
---@param good fun(each: any): boolean
---@return boolean
local function is_list(value, good)
  return vim.islist(value) and vim.iter(value):all(good)
end

---@param value any
---@return boolean
local function is_text(value)
  return type(value) == "string" and value ~= ""
end

---@param value any
---@return boolean
local function is_marker(value)
  return is_text(value) or is_list(value, is_text)
end

---@type diffgem.Check
local KEY = {
  should = "a key such as '<Tab>', or false",
  good = function(value)
    return value == false or is_text(value)
  end,
}

---@type diffgem.Check
local SWITCH = {
  should = "true or false",
  good = function(value)
    return type(value) == "boolean"
  end,
}

---@type diffgem.Check
local MILLISECONDS = {
  should = "a whole number from 0 to 60000",
  good = function(value)
    return type(value) == "number" and value % 1 == 0 and value >= 0 and value <= 60000
  end,
}

---@type diffgem.Check
local TEXTS = {
  should = "a list of texts",
  good = function(value)
    return is_list(value, is_text)
  end,
}

---@type diffgem.Check
local COMMAND = {
  should = "a list: the program and its arguments",
  good = function(value)
    return is_list(value, is_text) and #value > 0
  end,
}

---@type diffgem.Check
local MARKERS = {
  should = "a list of file names",
  good = function(value)
    return is_list(value, is_marker)
  end,
}

---@type diffgem.Check
local DRAWN_BY = {
  should = '"native" (Neovim 0.12 and newer) or "plugin"',
  good = function(value)
    return value == "plugin" or (value == "native" and vim.fn.has("nvim-0.12") == 1)
  end,
}

---@type diffgem.Check
local TABLE = {
  should = "a table",
  good = function(value)
    return type(value) == "table"
  end,
}

---@type table<string, diffgem.Check|table<string, diffgem.Check>>
local CHECKS = {
  cmd = COMMAND,
  filetypes = TEXTS,
  root_markers = MARKERS,
  settings = TABLE, -- the server checks what is in it
  inline = DRAWN_BY,
  keys = {
    accept = KEY,
    accept_word = KEY,
    accept_line = KEY,
    next = KEY,
    previous = KEY,
    dismiss = KEY,
    trigger = KEY,
    next_edit = KEY,
    next_edit_dismiss = KEY,
  },
  next_edits = { automatic = SWITCH, delay_ms = MILLISECONDS },
}

---@param options table
---@return any[] its names in order; the numbers of a list may be among them
local function names(options)
  local found = vim.tbl_keys(options)
  table.sort(found, function(one, other)
    return tostring(one) < tostring(other)
  end)
  return found
end

---@param name string
---@param known table<string, any>
---@return string
local function unknown(name, known)
  local hint = "it has " .. table.concat(names(known), ", ")
  return ("option %s is not known: %s; settings of the server go into settings = { … }"):format(
    name,
    hint
  )
end

---@param name string
---@param should string
---@param value any
---@return string
function M.complaint(name, should, value)
  return ("option %s should be %s, not %s; the default is used"):format(
    name,
    should,
    vim.inspect(value, { newline = "", indent = "" })
  )
end

---@param given table
---@param checks table<string, any>
---@param into table
---@param path string
---@param complaints string[]
local function take(given, checks, into, path, complaints)
  for _, name in ipairs(names(given)) do
    local check, value, at = checks[name], given[name], path .. tostring(name)
    if check == nil then
      complaints[#complaints + 1] = unknown(at, checks)
    elseif check.good == nil and type(value) == "table" then
      take(value, check, into[name], at .. ".", complaints)
    elseif check.good == nil or not check.good(value) then
      complaints[#complaints + 1] = M.complaint(at, check.should or "a table", value)
    else
      into[name] = value
    end
  end
end

---@param options any
---@param defaults diffgem.Config
---@return diffgem.Config, string[] complaints
function M.checked(options, defaults)
  local complaints = {} ---@type string[]
  if options ~= nil and type(options) ~= "table" then
    return defaults, { "setup takes a table of options; the defaults are used" }
  end
  local given = vim.deepcopy(options or {})
  if given.keys == false then
    given.keys, defaults.keys = nil, {}
  end
  take(given, CHECKS, defaults, "", complaints)
  return defaults, complaints
end

return M
