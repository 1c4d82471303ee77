import { builtinModules } from "node:module";
import { build, type Plugin } from "esbuild";

/** Bundles a Worker into one ES module as wrangler does, with the `workerd` exports of npm packages. `first`: code to begin with. */
export async function bundleWorker(main: string, first = ""): Promise<string> {
  const result = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".sql": "text", ".txt": "text", ".html": "text", ".bin": "binary" },
    plugins: [nodeBuiltins],
    keepNames: true,
    ...(first === "" ? {} : { banner: { js: first } }),
    logLevel: "silent",
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`${main}: the bundler wrote nothing`);
  return output.text;
}

/** `nodejs_compat` provides Node's modules under `node:` names; older packages import them without the prefix. */
const nodeBuiltins: Plugin = {
  name: "node-builtins",
  setup({ onResolve }) {
    const names = builtinModules.filter((name) => !name.startsWith("_") && !name.startsWith("node:"));
    const filter = new RegExp(`^(?:${names.map((name) => name.replaceAll("/", "\\/")).join("|")})$`);
    onResolve({ filter }, ({ path }) => ({ path: `node:${path}`, external: true }));
  },
};
