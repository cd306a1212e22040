import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type * as vscode from "vscode";
import type { Wire } from "../settings/wire";
import { lineOf } from "./lines";
import type { Messages } from "./messages";
import { type ServerProcess, spawnServer } from "./process";
import { SELECTOR } from "./selector";

const ANSWERS_WITHIN_MS = 60_000;
const SETTLES_WITHIN_MS = 1_000; // from the end of its output to that of the process

/** The server of one start: `client` has its initialize reply. */
export interface Running {
  readonly client: LanguageClient;
  readonly version: string;
  lastWords(): string;
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly wire: Wire;
  readonly log: vscode.LogOutputChannel;
  readonly middleware: Middleware;
  readonly messages: Messages;
  /** The server has ended, and nobody asked for it. */
  onEnd(): void;
}

/** What is to be told of a failure, this extension tells, once and with what to do. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    const more = data instanceof Error ? data.message : "";
    this.outputChannel.warn(`${message} ${more}`.trim());
  }
}

/** Starts a server and waits for its initialize reply. Raises what it said at its end. */
export async function launch(wanted: Launch): Promise<Running> {
  let process: ServerProcess | undefined;
  let isUp = false;
  const spawned = (): Promise<ServerProcess["child"]> => {
    process = spawnServer(wanted.command);
    return Promise.resolve(process.child);
  };
  const options = optionsOf(wanted, () => isUp && wanted.onEnd());
  const client = new QuietClient("diffgem", "DiffGem", spawned, options);
  wanted.messages.show(client);
  try {
    await within(ANSWERS_WITHIN_MS, client.start());
  } catch (error) {
    throw new Error(await why(process, error), { cause: error });
  }
  isUp = true;
  return {
    client,
    version: client.initializeResult?.serverInfo?.version ?? "",
    lastWords: () => process?.lastWords() ?? "",
    stop: () => client.dispose(),
  };
}

/** The client restarts nothing and shows nothing by itself: the supervisor does. */
function optionsOf({ wire, log, middleware }: Launch, onClosed: () => void): LanguageClientOptions {
  return {
    documentSelector: [...SELECTOR],
    initializationOptions: wire,
    outputChannel: log,
    middleware,
    stdioOptions: { stdout: listen(log), stderr: listen(log) },
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        onClosed();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
}

function listen(log: vscode.LogOutputChannel): (input: Readable) => void {
  return (input) => {
    createInterface({ input, historySize: 0 }).on("line", (written) => {
      const { level, text } = lineOf(written);
      log[level](text);
    });
  };
}

/** What the server said where it has ended; it is ended where it has not. */
async function why(process: ServerProcess | undefined, error: unknown): Promise<string> {
  const message = error instanceof Error ? error.message : String(error);
  if (process === undefined) {
    return message;
  }
  const ended = await process.endsWithin(SETTLES_WITHIN_MS);
  process.child.kill();
  return ended ? process.lastWords() : message;
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `it did not answer within ${milliseconds / 1000} s`;
    timer = setTimeout(() => reject(new Error(message)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
