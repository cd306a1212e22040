// `node test/build.mjs OUT`: the suite as one file that the extension host can load.
import { build } from "esbuild";

await build({
  entryPoints: ["test/index.ts"],
  outfile: process.argv[2],
  bundle: true,
  sourcemap: "inline",
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
});
