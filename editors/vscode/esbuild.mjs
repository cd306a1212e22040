// The extension as one file; with --production small and without a map; with --tests its unit tests.
import { readdirSync } from "node:fs";
import { build } from "esbuild";

const isProduction = process.argv.includes("--production");
const areTests = process.argv.includes("--tests");
const UNIT = "test/unit";

const shared = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
};

if (areTests) {
  const names = readdirSync(UNIT).filter((name) => name.endsWith(".test.ts"));
  const entryPoints = names.map((name) => `${UNIT}/${name}`);
  await build({ ...shared, entryPoints, outdir: "dist/test", sourcemap: "inline" });
} else {
  await build({
    ...shared,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    minify: isProduction,
    sourcemap: !isProduction,
  });
}
