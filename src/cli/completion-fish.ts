/** Completion for fish: a line for each word and flag, each with the place where it holds. */
import { firstWords, type Kind, operandKind, queryWords, valueKind } from "./completion-tree.ts";
import type { Flag, Verb } from "./verb.ts";

const HEAD = `# fish completion for fairlead
function __fairlead_typed -d 'exactly these words stand there'
  set -l typed (commandline -opc)
  set -e typed[1]
  test "$typed" = "$argv[1]"
end
function __fairlead_verb -d 'the line begins with these words'
  set -l typed (commandline -opc)
  set -e typed[1]
  string match -q -- "$argv[1] *" "$typed "
end
function __fairlead_after -d 'the values of this flag go on'
  set -l flags (string match -- '-*' (commandline -opc))
  test "$flags[-1]" = "--$argv[1]"
end
complete -c fairlead -f
`;

export function fishScript(): string {
  const lines: string[] = [];
  const firsts = firstWords();
  lines.push(row("__fairlead_typed ''", "-a help", "what there is"));
  lines.push(row("__fairlead_typed help", `-a ${quoted(firsts.map(({ word }) => word).join(" "))}`));
  for (const { word, says, seconds, alone } of firsts) {
    lines.push(row("__fairlead_typed ''", `-a ${word}`, says));
    for (const second of seconds) {
      lines.push(row(`__fairlead_typed ${word}`, `-a ${second.word}`, second.verb.says));
      lines.push(...verbRows(second.verb, second.verb.name));
    }
    if (alone !== undefined && seconds.length === 0) lines.push(...verbRows(alone, word));
  }
  return `${HEAD}${lines.join("\n")}\n`;
}

function verbRows(verb: Verb, name: string): readonly string[] {
  const where = `__fairlead_verb ${JSON.stringify(name)}`;
  const { keys, pairs } = queryWords(verb);
  const words = [...keys, ...pairs].join(" ");
  const kind = operandKind(verb);
  return [
    ...verb.flags.map((flag) => row(where, flagOptions(flag), flag.says)),
    ...verb.flags.filter(({ many, value }) => many && value !== undefined).map((flag) => furtherRow(where, flag)),
    ...(words === "" ? [] : [row(where, `-a ${quoted(words)}`)]),
    ...(kind.is === "text" ? [] : [row(where, kindOptions(kind))]),
  ];
}

function flagOptions(flag: Flag): string {
  const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
  return `-l ${flag.name}${short}${flag.value === undefined ? "" : ` -r ${kindOptions(valueKind(flag))}`}`;
}

/** For fish a flag has one value; of one that takes several, the further ones are words where it stands last. */
function furtherRow(where: string, flag: Flag): string {
  return row(`${where}; and __fairlead_after ${flag.name}`, kindOptions(valueKind(flag)), flag.says);
}

function kindOptions(kind: Kind): string {
  switch (kind.is) {
    case "choice":
      return `-fa ${quoted(kind.of.join(" "))}`;
    case "file":
      return "-F";
    case "folder":
      return "-fa '(__fish_complete_directories)'";
    default:
      return "-f";
  }
}

function row(where: string, options: string, says?: string): string {
  return `complete -c fairlead -n ${quoted(where)} ${options}${says === undefined ? "" : ` -d ${quoted(says)}`}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
