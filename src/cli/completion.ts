/** completion: a script for the shell, made from the verb table. */
import { EXIT, usageFault } from "./exit.ts";
import type { Call, Flag, Verb } from "./verb.ts";
import { VERBS } from "./verbs.ts";

const SHELLS = { bash, zsh, fish };

export async function run({ operands, flags, terminal }: Call): Promise<number> {
  const [shell = ""] = operands;
  if (!Object.hasOwn(SHELLS, shell)) throw usageFault(`${shell} is not a shell this knows`, "bash, zsh or fish");
  const script = SHELLS[shell as keyof typeof SHELLS]();
  terminal.out(flags.on("json") ? `${JSON.stringify({ shell, script })}\n` : script);
  return EXIT.done;
}

/** First words with what may follow them: `queue` → list, hold …; `status` → nothing. */
function tree(): ReadonlyMap<string, readonly Verb[]> {
  const firsts = new Map<string, Verb[]>();
  for (const verb of VERBS)
    for (const name of [verb.name, ...(verb.aliases ?? [])])
      firsts.set(name.split(" ", 1)[0] ?? "", [...(firsts.get(name.split(" ", 1)[0] ?? "") ?? []), verb]);
  return firsts;
}

function second(verb: Verb, first: string): string | undefined {
  return verb.name.startsWith(`${first} `) ? verb.name.slice(first.length + 1) : undefined;
}

function flagWords(verbs: readonly Verb[]): string {
  return [...new Set(verbs.flatMap((verb) => verb.flags.map(({ name }) => `--${name}`)))].join(" ");
}

function bash(): string {
  const cases = [...tree()].map(([first, verbs]) => {
    const seconds = verbs.flatMap((verb) => second(verb, first) ?? []).join(" ");
    return `    ${first}) words="${seconds === "" ? "" : `${seconds} `}${flagWords(verbs)}" ;;`;
  });
  return `# bash completion for fairlead
_fairlead() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "$previous" in
    --data) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --config) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
    --state) COMPREPLY=($(compgen -W "queued held" -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="help ${[...tree().keys()].join(" ")}"
  else case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    help) words="${[...tree().keys()].join(" ")}" ;;
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _fairlead fairlead ./fairlead
`;
}

function zsh(): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string): string => text.replace(/[[\]:]/g, " ");
  const firsts = [...tree()].map(
    ([first, verbs]) =>
      `    ${quote(`${first}:${plain(verbs.length > 1 ? `${first} ${verbs.map((verb) => second(verb, first) ?? "").join(", ")}` : (verbs[0]?.says ?? ""))}`)}`,
  );
  const cases = [...tree()].map(([first, verbs]) => {
    const seconds = verbs.flatMap((verb) => second(verb, first) ?? []);
    const specs = [...new Map(verbs.flatMap((verb) => verb.flags.map((flag) => [flag.name, flag] as const))).values()].map(
      (flag) => `      ${quote(zshFlag(flag, plain))}`,
    );
    const operands = seconds.length > 0 ? `      ${quote(`1:verb:(${seconds.join(" ")})`)}` : undefined;
    return `    ${first}) _arguments \\\n${[...specs, ...(operands === undefined ? [] : [operands]), "      '*::'"].join(" \\\n")} ;;`;
  });
  return `#compdef fairlead
_fairlead() {
  local -a verbs
  verbs=(
    'help:what there is'
${firsts.join("\n")}
  )
  if (( CURRENT == 2 )); then _describe verb verbs; return; fi
  shift words; (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
    help) _describe verb verbs ;;
  esac
}
_fairlead "$@"
`;
}

function zshFlag({ name, value, says, choices }: Flag, plain: (text: string) => string): string {
  const head = `--${name}[${plain(says)}]`;
  if (value === undefined) return head;
  const action = choices !== undefined ? `(${choices.join(" ")})` : name === "data" ? "_directories" : name === "config" ? "_files" : "";
  return `${head}:${value}:${action}`;
}

function fish(): string {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = ["# fish completion for fairlead", "complete -c fairlead -f"];
  const firsts = [...tree()];
  for (const [first, verbs] of firsts)
    lines.push(
      `complete -c fairlead -n __fish_use_subcommand -a ${first} -d ${quote(verbs.length > 1 ? `${first} …` : (verbs[0]?.says ?? ""))}`,
    );
  for (const [first, verbs] of firsts) {
    const here = `-n '__fish_seen_subcommand_from ${first}'`;
    for (const verb of verbs) {
      const word = second(verb, first);
      if (word !== undefined) lines.push(`complete -c fairlead ${here} -a ${word} -d ${quote(verb.says)}`);
    }
    for (const flag of new Map(verbs.flatMap((verb) => verb.flags.map((one) => [one.name, one] as const))).values()) {
      const takes =
        flag.value === undefined
          ? ""
          : flag.choices === undefined
            ? flag.name === "data" || flag.name === "config"
              ? " -rF"
              : " -x"
            : ` -xa ${quote(flag.choices.join(" "))}`;
      lines.push(`complete -c fairlead ${here} -l ${flag.name}${takes} -d ${quote(flag.says)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
