/**
 * Where the program starts. Imports nothing of ours before the version of Node is known to be able to read it, and
 * nothing but the command that was asked for after that: a start costs what the command needs.
 */
const NEEDED = 26;
const major = Number(process.versions.node.split(".", 1)[0]);

if (major < NEEDED) {
  process.stderr.write(`fairlead: this needs Node.js ${NEEDED} or newer, not ${process.versions.node}; ./fairlead brings its own\n`);
  process.exitCode = 69;
} else {
  const { runCli } = await import("./cli.ts");
  const { processTerminal } = await import("./process-terminal.ts");
  const { terminal, signal } = processTerminal();
  const code = await runCli(process.argv.slice(2), terminal, signal);
  // All that was started has been waited for; a forgotten timer must not keep a stopped program alive.
  process.stdout.write("", () => process.exit(code));
}
