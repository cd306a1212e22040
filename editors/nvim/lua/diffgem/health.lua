---`:checkhealth diffgem`.
local health = vim.health

local M = {}

local function neovim()
  health.start("Neovim")
  local version = tostring(vim.version())
  local drawn = require("diffgem.config").get().inline
  local by = drawn == "native" and "vim.lsp.inline_completion" or "this plugin"
  health.ok(("%s; ghost text is drawn by %s"):format(version, by))
end

---@param command string[]
---@return string? version
local function version_of(command)
  local ok, done = pcall(function()
    local asking = vim.list_extend(vim.list_slice(command), { "--version" })
    return vim.system(asking, { text = true }):wait(10000)
  end)
  return ok and done.code == 0 and done.stdout:match("(%d+%.%S+)") or nil
end

---@param root? string
local function program(root)
  health.start("diffgem-lsp")
  local find = require("diffgem.find")
  local found = find.server(root)
  if not found.command then
    local complaint = find.missing(found)
    return health.error(complaint.long, complaint.advice)
  elseif found.untrusted then
    health.warn(found.untrusted .. " is not used", ":DiffGem trust allows it")
  end
  local version, own = version_of(found.command), require("diffgem").version
  health.ok(("%s, from %s"):format(table.concat(found.command, " "), found.origin))
  if not version then
    health.error("it does not say its version", "reinstall it, or see what it prints: --version")
  elseif version ~= own then
    health.warn(("version %s; the plugin is %s"):format(version, own), "update the older one")
  else
    health.ok("version " .. version .. ", as the plugin")
  end
end

---@param buf integer
local function server(buf)
  health.start("Server")
  local all, client = require("diffgem.client").all(), require("diffgem.client").of(buf)
  if #all == 0 then
    return health.warn("none runs", {
      "open a file of one of the filetypes of setup",
      ":DiffGem log says why it ended, if it did; :DiffGem start starts it again",
    })
  end
  health.ok(("%d running"):format(#all))
  if not client then
    local name, filetype = vim.fn.bufname(buf), vim.bo[buf].filetype
    local what = name == "" and "a buffer without a name: write it to a file" or name
    return health.info(("none for %s (filetype %q)"):format(what, filetype))
  end
  health.ok(("for this buffer, positions in %s"):format(client.offset_encoding))
  local complaint = require("diffgem.versions").complaint(client)
  if complaint then
    health.error(complaint.long, complaint.advice)
  end
end

local REPORTS = { failed = "error", lost = "warn", off = "warn", starting = "info" }

---@param buf integer
local function engine(buf)
  health.start("Engine")
  local status = require("diffgem.status").of(buf)
  if not status then
    return health.info("unknown without a server for this buffer")
  end
  health[REPORTS[status.state] or "ok"](("%s: %s"):format(status.state, status.message))
  if status.model then
    health.ok("model " .. status.model)
  end
  local snoozed = require("diffgem.switches").snoozed_for()
  if snoozed then
    health.info((":DiffGem snooze, %d min left"):format(snoozed))
  end
  health.info(":DiffGem doctor checks the engine and completes once")
end

---@param buf integer
local function keys(buf)
  health.start("Keys")
  local mapped = require("diffgem.keys").of(buf)
  if #mapped == 0 then
    return health.info("none in this buffer")
  end
  for _, each in ipairs(mapped) do
    if each.is_ours then
      local instead = each.was and (", otherwise " .. each.was) or ""
      health.ok(("%s: %s%s"):format(each.lhs, each.about, instead))
    else
      health.warn(("%s is mapped by something else now"):format(each.lhs), {
        "choose another key in setup({ keys = … })",
        "or load the other mapping before a file is opened: what it does is kept as fallback",
      })
    end
  end
end

---Older ones report in another way.
local function too_old()
  local report = health and health.report_error or require("health").report_error
  report("Neovim is older than 0.11", { "update Neovim (https://neovim.io)" })
end

function M.check()
  if vim.fn.has("nvim-0.11") == 0 then
    return too_old()
  end
  if not require("diffgem.config").is_set() then
    health.start("DiffGem")
    return health.error("it is not set up", "put require('diffgem').setup() into your init.lua")
  end
  local buf = vim.fn.bufnr("#") > 0 and vim.fn.bufnr("#") or vim.api.nvim_get_current_buf()
  neovim()
  program(vim.fs.root(buf, require("diffgem.config").get().root_markers))
  server(buf)
  engine(buf)
  keys(buf)
end

return M
