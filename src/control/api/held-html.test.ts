/** No element that makes a browser ask ahead is left; everything else is as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { heldHtml } from "./held-html.ts";

const CASES = [
  ['<link rel="preconnect" href="http://evil.example">', '<x-link rel="preconnect" href="http://evil.example">'],
  ["<LINK\nrel=dns-prefetch href=//evil.example>", "<x-LINK\nrel=dns-prefetch href=//evil.example>"],
  ["<link/rel=preconnect/href=//evil.example>", "<x-link/rel=preconnect/href=//evil.example>"],
  ['<meta http-equiv="refresh" content="0;url=//evil.example">', '<x-meta http-equiv="refresh" content="0;url=//evil.example">'],
  ["<base href=//evil.example><p>x", "<x-base href=//evil.example><p>x"],
  ["<svg><link href=//evil.example /></svg>", "<svg><x-link href=//evil.example /></svg>"],
  ["<li<link href=x>", "<li<x-link href=x>"],
  ["<<link href=x>", "<<x-link href=x>"],
  ["<!--><link href=x>-->", "<!--><x-link href=x>-->"],
  ["<iframe src=//evil.example></iframe>", "<x-iframe src=//evil.example></iframe>"],
  ["<object data=//evil.example><embed src=//evil.example>", "<x-object data=//evil.example><x-embed src=//evil.example>"],
  ["<link", "<x-link"],
  [
    "<linkage> <metadata> <basefont> <frameset> < link> </link> &lt;link>",
    "<linkage> <metadata> <basefont> <frameset> < link> </link> &lt;link>",
  ],
  ["<p>a link, a base</p>", "<p>a link, a base</p>"],
] as const;
for (const [html, want] of CASES) test(JSON.stringify(html), () => assert.equal(heldHtml(html), want));
