/** The resolver of this machine: servers from the configuration or /etc/resolv.conf, names from the configuration and /etc/hosts. */
import { readFileSync, statSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { Config } from "../control/config/config.ts";
import {
  type HostTable,
  hostTableIn,
  nameServersIn,
  openStubResolver,
  type ResolverPorts,
  type StubResolver,
} from "../wire/dns/stub-resolver.ts";

export interface SystemFiles {
  readonly resolvConf: string;
  readonly hosts: string;
}

const FILES: SystemFiles = { resolvConf: "/etc/resolv.conf", hosts: "/etc/hosts" };
/** An edit counts after so long at the latest. */
const LOOK_EVERY_MS = 5_000;

/** Close it after whoever asks it. */
export function openLookUps({ dns }: Pick<Config, "dns">, ports: ResolverPorts, files: SystemFiles = FILES): StubResolver {
  const inFile = watchedFile(files.resolvConf, nameServersIn, ports.clock);
  const hostsFile = watchedFile(files.hosts, hostTableIn, ports.clock);
  const servers = (): ReturnType<typeof nameServersIn> => (dns.servers.length > 0 ? dns.servers : inFile());
  const hosts = (): readonly HostTable[] => [dns.hosts, hostsFile()];
  return openStubResolver(ports, { servers, validating: dns.validating, hosts });
}

/** What a small file says, read again when it has changed; "" while it is not there. */
function watchedFile<T>(path: string, read: (text: string) => T, clock: Clock): () => T {
  let [seen, lookAt, value] = ["", clock.mono() as number, read("")];
  return () => {
    if (clock.mono() < lookAt) return value;
    lookAt = clock.mono() + LOOK_EVERY_MS;
    const stamp = stampOf(path);
    if (stamp === seen) return value;
    try {
      value = stamp === "" ? read("") : read(readFileSync(path, "utf8"));
      seen = stamp;
    } catch {
      // Between the two looks it went away, or may not be read: the next look tries again, and until then the last holds.
    }
    return value;
  };
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : "";
}
