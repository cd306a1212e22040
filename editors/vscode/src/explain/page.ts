/** An explanation as a page: what the engine would be sent, from where, and what is left out. */

export interface Snippet {
  readonly source: string;
  readonly file: string;
  readonly score: number;
  readonly text: string;
  readonly reason: string;
  readonly tokens?: number;
  readonly why?: string;
}

export interface Sent {
  readonly sent: true;
  readonly model: string;
  readonly tokens: { counted: boolean; prefix: number; suffix: number; preamble: number };
  readonly budget: { promptTokens: number; contextTokens: number };
  readonly hole: { kind: string; slots: number; startsWith: string };
  readonly prefix: string;
  readonly suffix: string;
  readonly redactions: number;
  readonly drafts: readonly string[];
  readonly snippets: readonly Snippet[];
  readonly leftOut: readonly Snippet[];
}

/** As `diffgem.explain` answers. */
export type Explanation = Sent | { readonly sent: false; readonly reason: string };

/** Markdown.  `place` is words for people, `language` VS Code's id of it. */
export function pageOf(found: Explanation, place: string, language: string): string {
  const title = `# What is sent from ${place}`;
  if (!found.sent) {
    return `${title}\n\nNothing: ${found.reason}.\n`;
  }
  const parts = [
    title,
    overview(found),
    `## Text before the hole\n\n${fenced(found.prefix, language)}`,
    `## Text after the hole\n\n${fenced(found.suffix, language)}`,
    listed("Drafts that compete with what the model writes", found.drafts.map((each) => fenced(each, language))),
    listed("In the text before, from elsewhere", found.snippets.map((each) => ofSnippet(each, language))),
    listed("Left out", found.leftOut.map((each) => ofSnippet(each, language))),
  ];
  return `${parts.filter((each) => each !== "").join("\n\n")}\n`;
}

function overview({ model, tokens, budget, hole, redactions }: Sent): string {
  const about = tokens.counted ? "" : "about ";
  const start = hole.startsWith ? `, beginning with ${inline(hole.startsWith)}` : "";
  const values = redactions === 1 ? "1 value that may be" : `${redactions} values that may be`;
  return [
    `For **${model}**: a hole of the kind *${hole.kind}* with ${hole.slots} slots${start}.`,
    "",
    "| tokens | | at most |",
    "| --- | --- | --- |",
    `| before the hole | ${about}${tokens.prefix} | |`,
    `| of these, from elsewhere | ${about}${tokens.preamble} | ${budget.contextTokens} |`,
    `| after the hole | ${about}${tokens.suffix} | |`,
    `| all | ${about}${tokens.prefix + tokens.suffix} | ${budget.promptTokens} |`,
    ...(redactions > 0 ? ["", `${values} secret: taken out.`] : []),
  ].join("\n");
}

function listed(title: string, entries: readonly string[]): string {
  return entries.length > 0 ? `## ${title}\n\n${entries.join("\n\n")}` : "";
}

function ofSnippet(snippet: Snippet, language: string): string {
  const { source, file, reason, why, tokens, text } = snippet;
  const size = tokens === undefined ? "" : `, ${tokens} tokens`;
  return `**${source}**, ${inline(file)}${size}: ${why ?? reason}\n\n${fenced(text, language)}`;
}

/** With more backticks than any run of them inside. */
function fenced(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

function inline(text: string): string {
  const fence = "`".repeat(longestRun(text) + 1);
  return `${fence} ${text} ${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
