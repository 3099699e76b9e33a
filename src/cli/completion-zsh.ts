/** Completion for zsh: `_arguments` for each verb, with what each flag says. */
import { firstWords, type Kind, operandKind, queryWords, valueKind } from "./completion-tree.ts";
import type { Flag, Verb } from "./verb.ts";

export function zshScript(): string {
  const firsts = firstWords();
  const cases = firsts.map(({ word, seconds, alone }) => {
    if (seconds.length === 0) return alone === undefined ? "" : `    ${word})\n${zshVerb(alone, "      ")} ;;`;
    const inner = seconds.map((second) => `        ${second.word})\n${zshVerb(second.verb, "          ")} ;;`);
    return `    ${word})
      if (( CURRENT == 2 )); then
        seconds=(
${seconds.map((second) => `          ${quoted(`${second.word}:${second.verb.says}`)}`).join("\n")}
        )
        _describe verb seconds
        return
      fi
      shift words
      (( CURRENT-- ))
      case $words[1] in
${inner.join("\n")}
      esac ;;`;
  });
  return `#compdef fairlead
${firsts.flatMap(({ alone }) => (alone?.words === undefined ? [] : [zshQuery(alone)])).join("")}_fairlead() {
  local -a verbs seconds
  verbs=(
    'help:what there is'
${firsts.map(({ word, says }) => `    ${quoted(`${word}:${says}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
    help) _describe verb verbs ;;
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = "_fairlead" ]; then
  _fairlead "$@"
else
  compdef _fairlead fairlead
fi
`;
}

function zshVerb(verb: Verb, indent: string): string {
  const specs = [...verb.flags.map(zshFlag), zshOperand(verb)].map((spec) => `${indent}  ${quoted(spec)}`);
  return `${indent}_arguments \\\n${specs.join(" \\\n")}`;
}

function zshFlag(flag: Flag): string {
  const head = `${flag.many ? "*" : ""}--${flag.name}[${plain(flag.says)}]`;
  return flag.value === undefined ? head : `${head}:${flag.value}:${zshKind(valueKind(flag))}`;
}

function zshOperand(verb: Verb): string {
  if (verb.words !== undefined) return `*:query:_fairlead_${verb.name}`;
  return `*:operand:${zshKind(operandKind(verb))}`;
}

function zshKind(kind: Kind): string {
  switch (kind.is) {
    case "choice":
      return `(${kind.of.join(" ")})`;
    case "file":
      return "_files";
    case "folder":
      return "_directories";
    default:
      return "";
  }
}

/** Keys without a blank behind them; behind a key its values. */
function zshQuery(verb: Verb): string {
  const valued = Object.entries(verb.words ?? {}).filter(([, values]) => values.length > 0);
  const branches = valued.map(
    ([key, values], i) => `  ${i === 0 ? "if" : "elif"} compset -P '${key}:'; then\n    compadd -- ${values.join(" ")}`,
  );
  return `_fairlead_${verb.name}() {
${branches.join("\n")}
  else
    compadd -S '' -- ${queryWords(verb).keys.join(" ")}
  fi
}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a flag says, without the signs that mean something in a spec. */
function plain(text: string): string {
  return text.replaceAll(":", ",").replace(/[[\]\\]/g, " ");
}
