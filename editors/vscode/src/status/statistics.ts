import { execFile } from "node:child_process";
import * as os from "node:os";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { Parts } from "../parts";
import type { Supervisor } from "../server/supervisor";

const SCHEME = "diffgem-statistics";
const PAGE = vscode.Uri.parse(`${SCHEME}:What became of the suggestions`);
const run = promisify(execFile);

/** `diffgem.showStatistics`: as `diffgem-lsp stats` prints it. The figures stay on this machine. */
export function register(_parts: Parts, supervisor: Supervisor): vscode.Disposable {
  const renewed = new vscode.EventEmitter<vscode.Uri>();
  const provideTextDocumentContent = (): Promise<string> => printed(supervisor.place?.command);
  return vscode.Disposable.from(
    renewed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: renewed.event,
      provideTextDocumentContent,
    }),
    vscode.commands.registerCommand("diffgem.showStatistics", async () => {
      renewed.fire(PAGE);
      await vscode.window.showTextDocument(PAGE, { preview: true });
    }),
  );
}

async function printed(command: string | undefined): Promise<string> {
  if (command === undefined) {
    return "There is no language server yet that could tell: run “DiffGem: Install or Update the Server…”.";
  }
  try {
    return (await run(command, ["stats"], { cwd: os.homedir() })).stdout;
  } catch (error) {
    return `${command} stats failed:\n\n${error instanceof Error ? error.message : error}`;
  }
}
