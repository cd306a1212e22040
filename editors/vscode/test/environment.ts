// What `tests/e2e/vscode` says to the suite, by the environment of VS Code's server.

type Scene = { file: string; after: string; keys: string };

/** As `tests/e2e/scenes.py` has them. */
export type Scenes = {
  files: Record<string, string>;
  scenes: Record<"ghost" | "unicode" | "excluded" | "farFolder" | "rename", Scene>;
  renamed: string;
  hole: string;
  fill: string;
};

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run the suite by pytest tests/e2e/vscode`);
  }
  return value;
}

export const environment = {
  page: variable("DIFFGEM_TEST_PAGE"),
  report: variable("DIFFGEM_TEST_REPORT"),
  engine: variable("DIFFGEM_TEST_ENGINE"),
  only: new RegExp(process.env["DIFFGEM_TEST_ONLY"] ?? ""),
  played: JSON.parse(variable("DIFFGEM_TEST_SCENES")) as Scenes,
};
