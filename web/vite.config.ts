// How the page is built: plain files with hashed names, nothing inline, the same bytes each time.

import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env["TERTULIA"] ?? "http://127.0.0.1:8777";

/** Puts `src/first.js` into the head as a plain script: it sets the theme before the first paint. */
function first(): Plugin {
  let built = false;
  let reference = "";
  return {
    name: "first",
    configResolved(config) {
      built = config.command === "build";
    },
    buildStart() {
      if (!built) return;
      const source = readFileSync(new URL("src/first.js", import.meta.url), "utf8");
      const short = source.replace(/^\s*\/\/.*\n/gm, "").replace(/\n\s+/g, "\n");
      reference = this.emitFile({ type: "asset", name: "first.js", source: short.trimStart() });
    },
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        const found = Object.values(bundle ?? {}).find(
          (one) => one.type === "asset" && one.names.includes("first.js"),
        );
        if (built && (!found || !reference)) throw new Error("src/first.js was not built");
        const src = `/${found?.fileName ?? "src/first.js"}`;
        return [{ tag: "script", attrs: { src }, injectTo: "head-prepend" }];
      },
    },
  };
}

export default defineConfig({
  plugins: [first()],
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "/api": { target: server, ws: true, changeOrigin: true, headers: { origin: server } },
    },
  },
  build: {
    outDir: "../src/tertulia/channels/web/assets",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
    license: { fileName: "licenses.md" },
  },
  test: { include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"] },
});
