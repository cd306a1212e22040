---The options of `setup`: their defaults, and what is told of bad ones.
local M = {}

---@class diffgem.Keys
---@field accept? string|false
---@field accept_word? string|false
---@field accept_line? string|false
---@field next? string|false
---@field previous? string|false
---@field dismiss? string|false
---@field trigger? string|false
---@field next_edit? string|false in normal mode: jump to the next edit, then apply it
---@field next_edit_dismiss? string|false in normal mode

---@class diffgem.NextEdits
---@field automatic? boolean ask when changes have settled, and not only by `:DiffGem next_edit`
---@field delay_ms? integer how long nothing may change before

---@class diffgem.Options
---@field cmd? string[] how to start the server; found by itself if nil
---@field filetypes? string[]
---@field root_markers? (string|string[])[]
---@field settings? table<string, any> of the server: `:help diffgem-settings`
---@field inline? "native"|"plugin" who draws ghost text; Neovim where it can
---@field keys? diffgem.Keys|false
---@field next_edits? diffgem.NextEdits

---@class diffgem.Config: diffgem.Options
---@field filetypes string[]
---@field root_markers (string|string[])[]
---@field settings table<string, any>
---@field inline "native"|"plugin"
---@field keys diffgem.Keys
---@field next_edits diffgem.NextEdits

---@return diffgem.Config
function M.defaults()
  return {
    -- those that the server has a grammar for
    -- stylua: ignore
    filetypes = {
      "bash", "c", "cpp", "css", "go", "html", "java", "javascript", "javascriptreact", "json",
      "jsonc", "lua", "php", "python", "ruby", "rust", "sh", "typescript", "typescriptreact", "zsh",
    },
    root_markers = { ".git", "pyproject.toml", "package.json", "Cargo.toml", "go.mod" },
    settings = {},
    inline = vim.fn.has("nvim-0.12") == 1 and "native" or "plugin",
    keys = {
      accept = "<Tab>",
      accept_word = "<M-Right>",
      accept_line = "<M-C-Right>",
      next = "<M-]>",
      previous = "<M-[>",
      dismiss = "<C-]>",
      trigger = "<M-\\>",
      next_edit = "<Tab>",
      next_edit_dismiss = "<Esc>",
    },
    next_edits = { automatic = true, delay_ms = 300 },
  }
end

---@type diffgem.Config?
local current

---@return diffgem.Config
function M.get()
  return current or M.defaults()
end

---@return boolean whether `setup` was called
function M.is_set()
  return current ~= nil
end

---@param options? diffgem.Options
---@return diffgem.Config
function M.set(options)
  local config, complaints = require("diffgem.checks").checked(options, M.defaults())
  for _, complaint in ipairs(complaints) do
    require("diffgem.tell").say(complaint)
  end
  current = config
  return config
end

return M
