import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Parts } from "../parts";
import { localFolders } from "../server/find";
import { isInside } from "../server/inside";
import { absoluteEntries } from "../server/places";
import type { Supervisor } from "../server/supervisor";
import { make, type Wish } from "./environment";
import { explained, unsuitable, untrusted, unwritable } from "./failures";
import { alone } from "./lock";
import { progressOf } from "./progress";
import { candidates, choose, type Python } from "./python";
import { Cancelled, Failed, type Watch } from "./run";
import { carriedWheel } from "./wheel";

const CHOICES = [
  {
    label: "With an engine on this machine",
    description: "about 1.3 GB",
    detail:
      "Brings torch. On Linux without an NVIDIA card set diffgem.server.torchIndex first, or CUDA comes along.",
    withEngine: true,
  },
  {
    label: "Only the server",
    description: "about 75 MB",
    detail: "For an engine that you have elsewhere: the setting diffgem.engineSocket says where.",
    withEngine: false,
  },
];

/** `diffgem.install`: the server in an environment of the extension's own, from the wheel it carries. */
export function register(parts: Parts, supervisor: Supervisor): vscode.Disposable {
  return vscode.commands.registerCommand("diffgem.install", () => install(parts, supervisor));
}

async function install(parts: Parts, supervisor: Supervisor): Promise<void> {
  const title = "DiffGem: install or update the language server";
  const choice = await vscode.window.showQuickPick(CHOICES, { title, ignoreFocusOut: true });
  if (choice === undefined) {
    return;
  }
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: "DiffGem",
    cancellable: true,
  };
  const isDone = await vscode.window.withProgress(progress, async (report, token) => {
    const watch = watching(parts.log, token, (message) => report.report({ message }));
    return attempt(parts, supervisor, choice.withEngine, watch);
  });
  if (isDone) {
    await supervisor.useOwn();
  }
}

/** Whether it came to an end that can be used; what kept it from that is told. */
async function attempt(
  parts: Parts,
  supervisor: Supervisor,
  withEngine: boolean,
  watch: Watch,
): Promise<boolean> {
  const environment = supervisor.ownEnvironment;
  try {
    const wish = await wished(parts, environment, withEngine, watch);
    if (typeof wish === "string") {
      tell(wish);
      return false;
    }
    const isAlone = await alone(`${environment}.lock`, () => make(wish, watch));
    if (!isAlone) {
      tell(
        "another window is installing it already. Wait for that, then run “DiffGem: Restart the Server” here.",
      );
    }
    return isAlone;
  } catch (error) {
    tellFailure(error, environment, parts.log);
    return false;
  }
}

/** A text says what is missing for it. */
async function wished(
  { context, settings }: Parts,
  environment: string,
  withEngine: boolean,
  watch: Watch,
): Promise<Wish | string> {
  const wheel = await carriedWheel(context.extensionPath);
  if (wheel === undefined) {
    return "this build of the extension carries no wheel (a checkout: scripts/vsix builds one that does). Install DiffGem from a clone and name its diffgem-lsp in the setting diffgem.server.path.";
  }
  const named = settings.text("server.python");
  const closed = vscode.workspace.isTrusted ? [] : localFolders();
  if (named !== "" && isInside(path.resolve(os.homedir(), named), closed)) {
    return untrusted(named);
  }
  const python = await choose(pythons(named, closed), watch);
  const torchIndex = settings.text("server.torchIndex");
  const problem = unsuitable(python, named);
  return (
    problem ?? { python: (python as Python).command, wheel, environment, withEngine, torchIndex }
  );
}

function pythons(named: string, closed: readonly string[]): string[] {
  const folders = absoluteEntries(process.env["PATH"] ?? "", closed);
  return candidates(named, folders, process.platform === "win32");
}

function watching(
  log: vscode.LogOutputChannel,
  token: vscode.CancellationToken,
  report: (message: string) => void,
): Watch {
  const ending = new AbortController();
  token.onCancellationRequested(() => ending.abort(new Cancelled()));
  report("preparing an environment");
  const onLine = (line: string): void => {
    log.info(`install: ${line}`);
    const progress = progressOf(line);
    if (progress !== undefined) {
      report(progress);
    }
  };
  return { signal: ending.signal, onLine };
}

function tellFailure(error: unknown, environment: string, log: vscode.LogOutputChannel): void {
  if (error instanceof Cancelled) {
    return; // who cancelled knows
  }
  log.error(error instanceof Error ? error : String(error));
  if (error instanceof Failed) {
    tell(explained(error.output));
  } else {
    tell(unwritable(environment, error as NodeJS.ErrnoException));
  }
}

function tell(message: string): void {
  void vscode.window
    .showErrorMessage(`DiffGem: the server was not installed: ${message}`, "Show Log")
    .then((chosen) => chosen && vscode.commands.executeCommand("diffgem.showLog"));
}
