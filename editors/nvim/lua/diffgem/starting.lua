---When Neovim's client is loaded, which takes longer than all of this plugin: not before a file is
---opened that it is for.
local M = {}

local GROUP = vim.api.nvim_create_augroup("diffgem.starting", { clear = true })

local function configure()
  -- Neovim's client makes a folder for its log as it loads, and does not load without it
  local loaded, why = pcall(require, "vim.lsp.log")
  if not loaded then
    local folder = vim.fn.stdpath("log")
    local message = "Neovim's LSP client does not load, as %s cannot be made: set XDG_STATE_HOME to "
      .. "a folder that can be written to (%s)"
    why = tostring(why):match("E%d+:[^\n]*") or "see :messages"
    return require("diffgem.tell").once("log", message:format(folder, why), vim.log.levels.ERROR)
  end
  require("diffgem.client").configure()
end

---Once Neovim has started, as before that `vim.lsp.enable` does not look at what is open already.
local function go()
  if vim.v.vim_did_enter == 1 then
    return configure()
  end
  vim.api.nvim_create_autocmd("VimEnter", {
    group = GROUP,
    once = true,
    callback = vim.schedule_wrap(configure),
  })
end

---@param filetypes string[]
---@return boolean
local function is_wanted(filetypes)
  return vim.iter(vim.api.nvim_list_bufs()):any(function(buf)
    local loaded = vim.api.nvim_buf_is_loaded(buf)
    return loaded and vim.list_contains(filetypes, vim.bo[buf].filetype)
  end)
end

---@param config diffgem.Config
function M.arm(config)
  vim.api.nvim_clear_autocmds({ group = GROUP })
  if package.loaded["diffgem.client"] or is_wanted(config.filetypes) then
    return go()
  end
  if #config.filetypes > 0 then
    vim.api.nvim_create_autocmd("FileType", {
      group = GROUP,
      pattern = config.filetypes,
      once = true,
      callback = go,
    })
  end
end

return M
