// The engine that the language server has started, on the sandbox's own socket.
import { request } from "node:http";
import { environment } from "./environment";
import { until } from "./until";

type Health = { pid: number };

/** What the engine says of itself, or nothing where there is none. */
function health(): Promise<Health | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: environment.engine, path: "/health" }, (reply) => {
      let body = "";
      reply.on("data", (piece: Buffer) => (body += piece));
      reply.on("end", () => resolve(JSON.parse(body) as Health));
    });
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

/** The process of the engine that answers, of whatever process but `gone`. */
export function enginePid(gone?: number): Promise<number> {
  return until("an engine that answers", async () => {
    const pid = (await health())?.pid;
    return pid !== gone && pid;
  });
}
