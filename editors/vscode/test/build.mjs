// `node test/build.mjs ENTRY OUT`: the suite (index), or the bench, as one file that the extension host can load.
import { build } from "esbuild";

await build({
  entryPoints: [`test/${process.argv[2]}.ts`],
  outfile: process.argv[3],
  bundle: true,
  sourcemap: "inline",
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
});
