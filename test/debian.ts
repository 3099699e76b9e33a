/**
 * Debian packages that real-peer tests and the bench need. As root they are installed, their daemons kept from
 * starting; otherwise a test skips and says what is missing.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** One installer at a time on the machine: test files run side by side. */
const LOCK = "/tmp/fairlead-apt.lock";
/** While this exists and answers 101, a package's daemon does not start (Debian policy §9.3.3.1, `invoke-rc.d`). */
const POLICY = "/usr/sbin/policy-rc.d";

const INSTALL = `
policy=${POLICY}
if [ ! -e $policy ]; then trap 'rm -f $policy' EXIT; printf '#!/bin/sh\\nexit 101\\n' >$policy; chmod 755 $policy; fi
missing() { for p in "$@"; do dpkg-query -W -f '\${db:Status-Status}\\n' "$p" 2>/dev/null | grep -qx installed || echo "$p"; done; }
[ -z "$(missing "$@")" ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $(missing "$@") </dev/null
`;

const UNPACK = `
cd "$1"; shift
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o APT::Sandbox::User=root download "$@"
for deb in *.deb; do dpkg-deb -x "$deb" root; dpkg-deb -f "$deb" Depends; done |
  tr ',' '\\n' | sed -n 's/^ *\\(lib[a-z0-9.+-]*\\).*/\\1/p' | sort -u >libraries
`;

function locked(script: string, args: readonly string[]): { readonly ok: boolean; readonly text: string } {
  const run = spawnSync("flock", [LOCK, "sh", "-ec", script, "sh", ...args], { encoding: "utf8", maxBuffer: 1 << 24 });
  return { ok: run.status === 0, text: `${run.stdout ?? ""}${run.stderr ?? ""}`.trim() };
}

function installed(name: string): boolean {
  const run = spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { encoding: "utf8" });
  return run.status === 0 && run.stdout === "installed";
}

/** Why work that wants root and Debian cannot be done here; false if it can. */
export function needsRoot(): string | false {
  if (process.getuid?.() !== 0) return "needs root";
  return spawnSync("apt-get", ["--version"]).status === 0 ? false : "needs Debian";
}

/** False once all packages are installed; else why not, in words fit for a test's `skip`. */
export function needs(...packages: readonly string[]): string | false {
  if (packages.every(installed)) return false;
  const why = needsRoot();
  if (why) return `${why} to install ${packages.join(", ")}`;
  const run = locked(INSTALL, packages);
  return run.ok ? false : `could not install ${packages.join(", ")}: ${run.text.split("\n").at(-1)}`;
}

/** Debian allows one mail server only: this unpacks another's packages below `folder`/root, and installs their libraries. */
export function unpack(folder: string, ...packages: readonly string[]): string | false {
  const why = needsRoot();
  if (why) return `${why} to unpack ${packages.join(", ")}`;
  mkdirSync(folder, { recursive: true });
  const run = locked(UNPACK, [folder, ...packages]);
  if (!run.ok) return `could not unpack ${packages.join(", ")}: ${run.text.split("\n").at(-1)}`;
  const libraries = spawnSync("cat", [join(folder, "libraries")], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean);
  return needs(...libraries);
}
