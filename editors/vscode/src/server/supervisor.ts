import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { middleware } from "../features";
import type { ClientListener, Parts } from "../parts";
import { STARTING, type Status } from "../status/status";
import type { Running } from "./client";
import { find } from "./find";
import { gist } from "./lines";
import { Messages } from "./messages";
import { programOf, type Server } from "./places";
import { Restarts } from "./restarts";
import * as tell from "./telling";
import { compared } from "./version";

const STATUS = "$/diffgem/status";

/** Finds, starts and stops the server, one thing after the other; whatever fails is told. */
export class Supervisor implements vscode.Disposable {
  private server: Server | undefined;
  private running: Running | undefined;
  private turn: Promise<void> = Promise.resolve();
  private readonly restarts = new Restarts();
  private readonly listeners = new Set<ClientListener>();
  private ofClient: vscode.Disposable[] = [];
  private readonly messages: Messages;
  private readonly settingsWatch: vscode.Disposable;

  constructor(
    private readonly parts: Parts,
    readonly ownEnvironment: string,
  ) {
    this.messages = new Messages(parts.settings); // forgets before the server is told of a change
    this.settingsWatch = parts.settings.onDidChange(() => this.tellSettings());
  }

  get client(): LanguageClient | undefined {
    return this.running?.client;
  }

  /** Where the server is that runs, or ran last. */
  get place(): Server | undefined {
    return this.server;
  }

  onClient(listener: ClientListener): vscode.Disposable {
    this.listeners.add(listener);
    if (this.running !== undefined) {
      this.introduce(listener, this.running.client);
    }
    return new vscode.Disposable(() => this.listeners.delete(listener));
  }

  start(): Promise<void> {
    return this.inTurn(() => this.begin());
  }

  restart(): Promise<void> {
    this.restarts.forget();
    return this.inTurn(async () => {
      await this.end();
      await this.begin();
    });
  }

  /** Starts anew only where another server is found: trust was granted, a setting has changed. */
  lookAgain(): Promise<void> {
    this.restarts.forget();
    return this.inTurn(async () => {
      const found = await find(this.parts.settings, this.ownEnvironment);
      const isSame = "command" in found && found.command === this.server?.command;
      if (!isSame || this.running === undefined) {
        await this.end();
        await this.begin();
      }
    });
  }

  /** The own environment's from now on: it has just been made, or brought up to date. */
  async useOwn(): Promise<void> {
    await this.restart();
    if (this.server !== undefined && this.server.origin !== "own") {
      tell.hidden(this.server, programOf(this.ownEnvironment, process.platform === "win32"));
    }
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  dispose(): void {
    vscode.Disposable.from(this.messages, this.settingsWatch).dispose();
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch((error: unknown) => this.broken(error));
    return this.turn;
  }

  /** What nobody has foreseen: who waits for a server hears that none comes. */
  private broken(error: unknown): void {
    const { log, status } = this.parts;
    log.error(error instanceof Error ? error : String(error));
    if (this.running === undefined) {
      const reason = error instanceof Error ? error.message : String(error);
      status.set({ state: "stopped", message: "the language server could not be started", reason });
    }
  }

  private async begin(): Promise<void> {
    if (this.running !== undefined) {
      return;
    }
    this.parts.status.set(STARTING);
    this.server = await this.found();
    if (this.server === undefined) {
      return;
    }
    const { command, origin } = this.server;
    this.parts.log.info(`starting ${command} (${origin})`);
    try {
      this.running = await this.launched(this.server);
    } catch (error) {
      this.failed(error instanceof Error ? error.message : String(error));
      return;
    }
    this.welcome(this.running, this.server);
  }

  private async found(): Promise<Server | undefined> {
    const found = await find(this.parts.settings, this.ownEnvironment);
    if ("command" in found) {
      return found;
    }
    this.parts.log.warn(`no diffgem-lsp at any of\n${found.join("\n")}`);
    tell.missing(this.parts, found);
    return undefined;
  }

  private async launched({ command }: Server): Promise<Running> {
    const { launch } = await import("./client.js"); // half of what this extension loads
    return launch({
      command,
      wire: this.parts.settings.wire(),
      log: this.parts.log,
      middleware: middleware(this.parts),
      messages: this.messages,
      onEnd: () => this.ended(),
    });
  }

  private welcome({ client, version }: Running, server: Server): void {
    this.parts.log.info(`diffgem-lsp ${version} is there`);
    const told = client.onNotification(STATUS, (status: Status) => this.parts.status.set(status));
    this.ofClient.push(told);
    for (const listener of this.listeners) {
      this.introduce(listener, client);
    }
    const ours = this.parts.context.extension.packageJSON.version as string;
    const comparison = compared(version, ours);
    if (comparison !== "same") {
      tell.otherVersion(server, { comparison, theirs: version, ours });
    }
  }

  private introduce(listener: ClientListener, client: LanguageClient): void {
    const ofIt = listener(client);
    if (ofIt !== undefined) {
      this.ofClient.push(ofIt);
    }
  }

  private forget(): void {
    this.running = undefined;
    vscode.Disposable.from(...this.ofClient.splice(0)).dispose();
  }

  private async end(): Promise<void> {
    const running = this.running;
    this.forget();
    this.parts.status.set({ state: "stopped", message: "the language server is stopped" });
    await running?.stop().catch((error: unknown) => this.parts.log.warn(`stopping: ${error}`));
  }

  /** By itself, while it ran. */
  private ended(): void {
    const words = this.running?.lastWords() ?? "";
    this.forget();
    this.failed(words);
  }

  private failed(words: string): void {
    const { log, status } = this.parts;
    log.error(`the language server has ended: ${words}`);
    if (this.restarts.isWorthwhile()) {
      void this.start();
      return;
    }
    status.set({
      state: "stopped",
      message: "the language server ends again and again",
      reason: gist(words),
    });
    tell.givenUp(this.parts, this.server, gist(words));
  }

  private tellSettings(): void {
    const settings = { diffgem: this.parts.settings.wire() };
    void this.client?.sendNotification("workspace/didChangeConfiguration", { settings });
  }
}
