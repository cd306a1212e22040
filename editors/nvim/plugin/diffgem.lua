-- Loaded at every start, by old versions too: nothing here may need a new one, or load anything.
if vim.g.loaded_diffgem then
  return
end
vim.g.loaded_diffgem = 1

if vim.fn.has("nvim-0.11") == 0 then
  local message = "DiffGem needs Neovim 0.11 or newer, and this one is older: "
    .. "update Neovim (https://neovim.io), or take the plugin out of your configuration"
  vim.api.nvim_create_user_command("DiffGem", function()
    vim.notify(message, vim.log.levels.WARN)
  end, { nargs = "*", range = true, desc = "DiffGem: why it does not run" })
  return
end

vim.api.nvim_create_user_command("DiffGem", function(call)
  require("diffgem.commands").run(call)
end, {
  nargs = "*",
  range = true,
  desc = "DiffGem: see :help diffgem-commands",
  complete = function(...)
    return require("diffgem.commands").complete(...)
  end,
})
