---The server as Neovim's own client sees it: how it is started, and what is done where it attaches.
local find = require("diffgem.find")
local tell = require("diffgem.tell")

local M = {}

M.NAME = "diffgem"
local GROUP = vim.api.nvim_create_augroup("diffgem.client", { clear = true })

---A buffer that is a file gets a server, if there is one.
---@param buf integer
---@param on_dir fun(root?: string)
local function root_dir(buf, on_dir)
  local name = vim.api.nvim_buf_get_name(buf)
  if name == "" or name:match("^%a[%w+.-]*://") then
    return
  end
  local root = vim.fs.root(buf, require("diffgem.config").get().root_markers)
  local found = find.server(root)
  if found.command then
    tell.forget("missing")
    on_dir(root)
  else
    tell.once("missing", find.missing(found).short, vim.log.levels.ERROR)
  end
end

---@param _ any
---@param status diffgem.ServerStatus
---@param context lsp.HandlerContext
local function on_status(_, status, context)
  require("diffgem.status").told(context.client_id, status)
end

---@param client vim.lsp.Client
local function on_init(client)
  local complaint = require("diffgem.versions").complaint(client)
  if complaint then
    tell.once("version", complaint.short)
  end
  require("diffgem.status").ask(client)
end

---As `lsp/diffgem.lua` gives it to Neovim.
---@return vim.lsp.Config
function M.lsp_config()
  local config = require("diffgem.config").get()
  return {
    cmd = require("diffgem.process").start,
    filetypes = config.filetypes,
    root_dir = root_dir,
    before_init = function(params)
      params.initializationOptions = require("diffgem.switches").settings()
    end,
    handlers = { ["$/diffgem/status"] = on_status },
    on_init = on_init,
    on_exit = function(_, _, id)
      local how, well = require("diffgem.process").last_end()
      vim.schedule(function()
        require("diffgem.lifecycle").ended(id, how, well)
      end)
    end,
  }
end

---@param args vim.api.keyset.create_autocmd.callback_args
---@return vim.lsp.Client?
local function ours(args)
  local client = vim.lsp.get_client_by_id(args.data.client_id)
  return client and client.name == M.NAME and client or nil
end

---@param client vim.lsp.Client
---@param buf integer
local function attached(client, buf)
  require("diffgem.inline").attach(client, buf)
  require("diffgem.next_edit").attach(client, buf)
  require("diffgem.keys").attach(buf)
  require("diffgem.status").attach(buf)
end

---@param buf integer
local function detached(buf)
  require("diffgem.inline").detach(buf)
  require("diffgem.next_edit").detach(buf)
  require("diffgem.keys").detach(buf)
end

local function watch()
  vim.api.nvim_create_autocmd("LspAttach", {
    group = GROUP,
    callback = function(args)
      local client = ours(args)
      if client then
        attached(client, args.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = GROUP,
    callback = function(args)
      if ours(args) then
        detached(args.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd("BufWipeout", { -- which Neovim 0.11 does not count as a detachment
    group = GROUP,
    callback = function(args)
      detached(args.buf)
    end,
  })
end

---The first of Neovim 0.11 have no `is_enabled`.
---@return boolean
local function is_enabled()
  if vim.lsp.is_enabled then
    return vim.lsp.is_enabled(M.NAME)
  end
  return vim.lsp._enabled_configs[M.NAME] ~= nil
end

---A document that is told of by one name cannot be asked about by another; what had no name had no
---server either.
local function follow_names()
  vim.api.nvim_create_autocmd("BufFilePre", {
    group = GROUP,
    callback = function(args)
      local client = M.of(args.buf)
      if client then
        vim.lsp.buf_detach_client(args.buf, client.id)
      end
    end,
  })
  vim.api.nvim_create_autocmd({ "BufFilePost", "BufAdd" }, { -- the latter for the first name
    group = GROUP,
    callback = function(args)
      local ours_too = vim.list_contains(
        require("diffgem.config").get().filetypes,
        vim.bo[args.buf].filetype
      )
      if ours_too and vim.bo[args.buf].buftype == "" and is_enabled() then
        root_dir(args.buf, function(root)
          local config = vim.tbl_extend("force", vim.lsp.config[M.NAME], { root_dir = root })
          vim.lsp.start(config, { bufnr = args.buf, silent = true })
        end)
      end
    end,
  })
end

---@param client vim.lsp.Client
---@return integer[] buffers, of which some may be gone
local function attached_to(client)
  return vim.tbl_keys(client.attached_buffers)
end

local is_configured = false

---For who asks before a file of ours was opened.
function M.ensure()
  if not is_configured then
    M.configure()
  end
end

---What `setup` has said.  Servers that run are told of new settings.
function M.configure()
  is_configured = true
  vim.api.nvim_clear_autocmds({ group = GROUP })
  watch()
  follow_names()
  require("diffgem.highlights").define()
  vim.lsp.config(M.NAME, {}) -- it is read again
  vim.lsp.enable(M.NAME)
  local running = M.all()
  if #running > 0 then
    require("diffgem.switches").reset()
  end
  for _, client in ipairs(running) do
    for _, buf in ipairs(vim.tbl_filter(vim.api.nvim_buf_is_valid, attached_to(client))) do
      attached(client, buf)
    end
  end
end

---@return vim.lsp.Client[]
function M.all()
  return vim.lsp.get_clients({ name = M.NAME })
end

---@param buf? integer the current one by default
---@return vim.lsp.Client?
function M.of(buf)
  return vim.lsp.get_clients({ name = M.NAME, bufnr = buf or 0 })[1]
end

return M
