/**
 * How the panel is built: plain files below `assets/`, named by their content, that run under a content policy without
 * inline code. No plugin: the compiler inside Vite knows JSX.
 */
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0, // a data: address would need a wider content policy
    modulePreload: { polyfill: false }, // code for browsers that the panel does not run in
    reportCompressedSize: false,
  },
});
