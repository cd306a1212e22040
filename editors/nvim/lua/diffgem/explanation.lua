---`diffgem.explain` as a page of Markdown.
local M = {}

---@param into string[]
---@param title string
---@param text string
local function add_text(into, title, text)
  vim.list_extend(into, { "", "## " .. title, "", "````" })
  vim.list_extend(into, vim.split(text:gsub("\r\n?", "\n"), "\n", { plain = true }))
  into[#into + 1] = "````"
end

---@param into string[]
---@param title string
---@param snippets table[]
---@param why string the field that says why
local function add_snippets(into, title, snippets, why)
  if #snippets == 0 then
    return
  end
  vim.list_extend(into, { "", "## " .. title, "" })
  for _, each in ipairs(snippets) do
    local first = each.text:match("^[^\r\n]*")
    into[#into + 1] = ("- %s, %s: `%s` (%s)"):format(each.source, each.file, first, each[why])
  end
end

---@param found table
---@return string[]
function M.lines(found)
  if not found.sent then
    return { "# Nothing is sent", "", found.reason }
  end
  local tokens, budget, hole = found.tokens, found.budget, found.hole
  local about = tokens.counted and "" or "about "
  local lines = {
    "# What the engine is sent for this place",
    "",
    ("%s reads %d tokens."):format(found.model, budget.promptTokens),
    ("The prefix has %s%d, of which the preamble %d of at most %d; the suffix %d."):format(
      about,
      tokens.prefix,
      tokens.preamble,
      budget.contextTokens,
      tokens.suffix
    ),
    ("The hole: %s, %d slots."):format(hole.kind, hole.slots),
    ("Taken out as secrets: %d."):format(found.redactions),
  }
  add_snippets(lines, "From elsewhere", found.snippets, "reason")
  add_snippets(lines, "Left out", found.leftOut, "why")
  add_text(lines, "Prefix", found.prefix)
  add_text(lines, "Suffix", found.suffix)
  for _, draft in ipairs(found.drafts) do
    add_text(lines, "A draft that competes", draft)
  end
  return lines
end

return M
