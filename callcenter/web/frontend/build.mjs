// Bundles the shell's modules and style sheet into ../static/build; names are fixed, addresses carry a hash.
import { build, context } from "esbuild";

const options = {
  entryPoints: {
    app: "src/main.ts",
    style: "src/style/index.css",
    public: "src/public.ts",
    embed: "src/embed.ts",
    "public-style": "src/style/public.css",
  },
  outdir: "../static/build",
  bundle: true,
  minify: true,
  target: ["chrome109", "firefox115", "safari16"],
  format: "esm",
  loader: { ".woff2": "file" },
  assetNames: "[name]",
  legalComments: "linked",
  logLevel: "info",
};

if (process.argv.includes("--watch")) {
  const watching = await context(options);
  await watching.watch();
} else {
  await build(options);
}
