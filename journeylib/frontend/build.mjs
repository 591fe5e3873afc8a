// Bundles: node build.mjs [folder]. Without a folder, into the package itself.
import { build } from "esbuild";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(process.argv[2] ?? path.join(here, ".."));
const targets = [
  ["widget.js", "workshop/board/static/board.js", "esm"],
  ["standalone.js", "workshop/board/static/reader.js", "iife"],
  ["page.js", "drawing/page.js", "iife"],
  ["board.css", "workshop/board/static/board.css", undefined],
];
for (const [entry, out, format] of targets) {
  await build({
    entryPoints: [path.join(here, entry)],
    outfile: path.join(root, out),
    bundle: true,
    minify: true,
    format,
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
}
