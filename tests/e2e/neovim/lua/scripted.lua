-- A server inside Neovim that says what it is told to: ghost text of several lines, alternatives and
-- ranges, which the embedded model rarely writes, or never.
local M = {
  said = nil, ---@type (string|{ text: string, before: integer?, after: integer? })[]? for once
  told = {}, -- of what was accepted: a whole text, or how much of it
  kinds = {}, -- of the requests for ghost text: 1 by hand, 2 not
}

-- `before` and `after` are units of UTF-16 beside the cursor that the text stands for as well.
local function item(params, said)
  said = type(said) == "string" and { text = said } or said
  local line, at = params.position.line, params.position.character
  return {
    insertText = said.text,
    range = {
      start = { line = line, character = at - (said.before or 0) },
      ["end"] = { line = line, character = at + (said.after or 0) },
    },
    command = {
      title = "",
      command = "diffgem.accepted",
      arguments = { params.textDocument.uri, said.text },
    },
  }
end

local ANSWERS = {
  initialize = function()
    return {
      serverInfo = { name = "diffgem", version = require("diffgem").version },
      capabilities = {
        inlineCompletionProvider = vim.empty_dict(),
        positionEncoding = "utf-16",
        textDocumentSync = 1,
        executeCommandProvider = { commands = { "diffgem.accepted" } },
      },
    }
  end,
  ["textDocument/inlineCompletion"] = function(params)
    table.insert(M.kinds, params.context.triggerKind)
    local said = M.said
    M.said = nil -- from then on: keep what is shown
    return said and {
      items = vim.tbl_map(function(each)
        return item(params, each)
      end, said),
    }
  end,
  ["workspace/executeCommand"] = function(params)
    table.insert(M.told, params.arguments[2])
  end,
}

-- As `cmd` of a configuration.
function M.serve()
  return {
    request = function(method, params, reply)
      local answer = ANSWERS[method]
      local result = answer and answer(params)
      vim.schedule(function()
        reply(nil, result)
      end)
      return true, 1
    end,
    notify = function(method, params)
      if method == "textDocument/didPartiallyAcceptCompletion" then
        table.insert(M.told, params.acceptedLength)
      end
      return true
    end,
    is_closing = function()
      return false
    end,
    terminate = function() end,
  }
end

return M
