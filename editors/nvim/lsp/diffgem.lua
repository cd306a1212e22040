-- What `vim.lsp.config("diffgem", { … })` of a user goes on top of, whenever it is called.
return require("diffgem.client").lsp_config()
