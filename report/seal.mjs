// Makes sure that the report opens offline and calls nobody: the tool puts an analytics script into each page, and has
// no switch for it. It is taken out, and a policy forbids the browser to ask anything outside of the file.
import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2];
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
  "style-src 'unsafe-inline' data: blob:",
  ...["img-src", "font-src", "media-src", "connect-src", "frame-src", "worker-src"].map((what) => `${what} data: blob:`),
  "base-uri 'self' file:",
  "form-action 'none'",
].join("; ");
// The tool's own two elements: the loader by its address, and what calls it.
const LOADER = /<script\b[^>]*\bsrc="https?:[^"]*"[^>]*>\s*<\/script>/g;
const CALLS = /<script\b[^>]*>(?:(?!<\/script>)[\s\S])*?\bgtag\((?:(?!<\/script>)[\s\S])*?<\/script>/g;

const page = readFileSync(file, "utf8");
const sealed = page
  .replace(LOADER, "")
  .replace(CALLS, "")
  .replace(/<head\b[^>]*>/, (head) => `${head}\n<meta http-equiv="Content-Security-Policy" content="${POLICY}">`);

const calling = sealed.match(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?\/\/[^"]*"/g) ?? [];
if (calling.length > 0 || /googletagmanager|\bgtag\(/.test(sealed) || !sealed.includes("Content-Security-Policy")) {
  console.error(`${file}: the page still calls somebody: ${calling.slice(0, 3).join(" ") || "an analytics script"}`);
  process.exit(1);
}
writeFileSync(file, sealed);
