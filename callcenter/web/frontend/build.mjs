// Bundles the shell's modules and style sheet into ../static/build; names are fixed, addresses carry a hash.
import { copyFile, mkdir } from "node:fs/promises";
import { build, context } from "esbuild";

const options = {
  entryPoints: {
    app: "src/main.ts",
    style: "src/style/index.css",
    public: "src/public.ts",
    embed: "src/embed.ts",
    "public-style": "src/style/public.css",
    "api-docs": "src/api-docs.ts",
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

// Printed reports need a font as TrueType; the program carries it along (SIL Open Font License).
const fonts = "../../reports/fonts";
await mkdir(fonts, { recursive: true });
for (const [folder, name] of [["400Regular", "IBMPlexSans_400Regular.ttf"], ["600SemiBold", "IBMPlexSans_600SemiBold.ttf"]]) {
  await copyFile(`node_modules/@expo-google-fonts/ibm-plex-sans/${folder}/${name}`, `${fonts}/${name}`);
}

if (process.argv.includes("--watch")) {
  const watching = await context(options);
  await watching.watch();
} else {
  await build(options);
}
