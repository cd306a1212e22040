---`:DiffGem`: which words there are, and what runs for each.
local tell = require("diffgem.tell")

local M = {}

---@class diffgem.Command
---@field run fun(words: string[], call: vim.api.keyset.create_user_command.command_args)
---@field complete? fun(): string[] what may come behind it
---@field rest? boolean what comes behind it is one text

---@param module string
---@param call string
---@return diffgem.Command
local function calls(module, call)
  return {
    run = function()
      require("diffgem." .. module)[call]()
    end,
  }
end

---@return string[]
local function languages()
  return vim.list_extend({ "*" }, require("diffgem.config").get().filetypes)
end

---@param on boolean
---@return diffgem.Command
local function switch(on)
  return {
    complete = languages,
    run = function(words)
      require("diffgem.switches").set(on, words[1])
    end,
  }
end

local SNOOZE_MINUTES, LONGEST_SNOOZE = 15, 1440

---@type diffgem.Command
local snooze = {
  complete = function()
    return { "5", "15", "60", "0" }
  end,
  run = function(words)
    local minutes = tonumber(words[1] or SNOOZE_MINUTES)
    if not minutes or minutes % 1 ~= 0 or minutes < 0 or minutes > LONGEST_SNOOZE then
      tell.say(("snooze takes minutes, 0 to %d, not %s"):format(LONGEST_SNOOZE, words[1]))
    elseif minutes == 0 then
      require("diffgem.switches").wake()
    else
      require("diffgem.switches").snooze(minutes)
    end
  end,
}

---@type table<string, diffgem.Command>
local COMMANDS = {
  disable = switch(false),
  doctor = calls("pages", "doctor"),
  enable = switch(true),
  explain = calls("pages", "explain"),
  fill = calls("actions", "fill"),
  health = {
    run = function()
      vim.cmd.checkhealth("diffgem")
    end,
  },
  log = calls("pages", "log"),
  next_edit = calls("next_edit", "go"),
  restart = calls("lifecycle", "restart"),
  retry = calls("actions", "retry"),
  rewrite = {
    rest = true,
    run = function(words, call)
      require("diffgem.actions").rewrite(words[1] or "", call)
    end,
  },
  snooze = snooze,
  start = calls("lifecycle", "start"),
  status = calls("pages", "status"),
  stop = calls("lifecycle", "stop"),
  toggle = {
    run = function()
      local switches = require("diffgem.switches")
      switches.set(not switches.is_enabled())
    end,
  },
  trigger = calls("inline", "trigger"),
  trust = calls("actions", "trust"),
}

---@return string[]
local function names()
  local found = vim.tbl_keys(COMMANDS)
  table.sort(found)
  return found
end

---@param call vim.api.keyset.create_user_command.command_args
function M.run(call)
  local name, rest = call.args:match("^(%S*)%s*(.-)%s*$")
  local command = COMMANDS[name == "" and "status" or name]
  if not command then
    return tell.say(("no :DiffGem %s; there are %s"):format(name, table.concat(names(), ", ")))
  elseif not require("diffgem.config").is_set() then
    return tell.say("it is not set up: put require('diffgem').setup() into your init.lua")
  end
  command.run(command.rest and { rest } or vim.split(rest, "%s+", { trimempty = true }), call)
end

---@param lead string what the word begins with
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = line:match("DiffGem!?%s+(.*)$") or ""
  local name = before:match("^(%S+)%s+%S*$")
  local command = name and COMMANDS[name]
  local found = {} ---@type string[]
  if command and command.complete then
    found = command.complete()
  elseif not before:find("%s") then
    found = names()
  end
  return vim.tbl_filter(function(each)
    return vim.startswith(each, lead)
  end, found)
end

return M
