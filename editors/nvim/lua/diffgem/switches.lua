---Settings that change while Neovim runs: on and off, by language, or for a while.
local tell = require("diffgem.tell")

local M = {}

---@class diffgem.Switches
---@field enabled? boolean
---@field languages table<string, boolean>
---@field snooze? uv.uv_timer_t
---@field ends_at? integer when the snooze is over, in milliseconds

---@type diffgem.Switches
local switches = { languages = {} }

---An empty table of Lua could be a list: to the server it is an object.
---@param settings table<string, any>
---@return table<string, any>
local function for_the_wire(settings)
  for name, value in pairs(settings) do
    if type(value) == "table" and next(value) == nil then
      settings[name] = vim.empty_dict()
    end
  end
  return next(settings) and settings or vim.empty_dict() --[[@as table<string, any>]]
end

---@param languages any what the user has set; the server tells of what is no table by language
---@return table<string, any>
local function switched(languages)
  local by_language = type(languages) == "table" and not vim.islist(languages)
  return vim.tbl_extend("force", by_language and languages or {}, switches.languages)
end

---The user's settings, and what was switched since.
---@return table<string, any>
function M.settings()
  local settings = vim.deepcopy(require("diffgem.config").get().settings)
  if switches.enabled ~= nil then
    settings.enabled = switches.enabled
  end
  if next(switches.languages) then
    settings.languages = switched(settings.languages)
  end
  if switches.snooze then
    settings.trigger, settings.nextEdits = "manual", false
  end
  return for_the_wire(settings)
end

local function apply()
  local settings = M.settings()
  for _, client in ipairs(require("diffgem.client").all()) do
    client:notify("workspace/didChangeConfiguration", { settings = { diffgem = settings } })
  end
  if settings.enabled == false or settings.trigger == "manual" then
    require("diffgem.inline").clear()
  end
end

---`setup` was called again: what it says counts.
function M.reset()
  M.wake(true)
  switches = { languages = {} }
  apply()
end

---@param on boolean
---@param language? string an LSP language's id; everything if nil
function M.set(on, language)
  if language then
    switches.languages[language] = on
  else
    switches.enabled = on
  end
  apply()
  local what = language and ("for " .. language) or "everywhere"
  if language and not vim.list_contains(vim.fn.getcompletion(language, "filetype"), language) then
    what = what .. ", which is no filetype that Neovim knows"
  end
  tell.info(("%s %s"):format(on and "on" or "off", what))
end

---@return boolean
function M.is_enabled()
  return M.settings().enabled ~= false
end

---@param silent? boolean
function M.wake(silent)
  local timer = switches.snooze
  if not timer then
    return
  end
  timer:close()
  switches.snooze, switches.ends_at = nil, nil
  if not silent then
    apply()
    tell.info("awake again")
  end
end

---Nothing comes by itself for a while; what is asked for by hand still does.
---@param minutes integer
function M.snooze(minutes)
  M.wake(true)
  local timer = assert(vim.uv.new_timer())
  switches.snooze, switches.ends_at = timer, vim.uv.now() + minutes * 60000
  timer:start(minutes * 60000, 0, vim.schedule_wrap(M.wake))
  apply()
  tell.info(("snoozes for %d min; :DiffGem snooze 0 wakes it"):format(minutes))
end

---@return integer? minutes that it still lasts
function M.snoozed_for()
  return switches.ends_at and math.ceil((switches.ends_at - vim.uv.now()) / 60000)
end

return M
