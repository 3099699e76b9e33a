/** Completion for bash, 3.2 and later: macOS still has that one. */
import { type FirstWord, firstWords, type Kind, operandKind, queryWords, valueKind } from "./completion-tree.ts";
import type { Verb } from "./verb.ts";

/** The line is split at blanks here: bash itself would split `state:queued` at its colon. */
export function bashScript(): string {
  const firsts = firstWords();
  const seconds = firsts.filter((first) => first.seconds.length > 0);
  return `# bash completion for fairlead
_fairlead() {
  local line="\${COMP_LINE:0:COMP_POINT}" current previous verb flag="" words="" i at
  local -a typed
  read -ra typed <<< "$line"
  current="\${line##*[[:space:]]}"
  at=\${#typed[@]}
  if [ -n "$current" ]; then at=$((at - 1)); fi
  previous="\${typed[at - 1]}"
  COMPREPLY=()
  if [ "$at" -le 1 ]; then
    words="help ${firsts.map(({ word }) => word).join(" ")}"
  else
    verb="\${typed[1]}"
    if [ "$at" -gt 2 ]; then
      case "\${typed[1]} \${typed[2]}" in
        ${seconds.flatMap((first) => first.seconds.map(({ verb }) => `"${verb.name}"`)).join("|")}) verb="\${typed[1]} \${typed[2]}" ;;
      esac
    fi
    for ((i = at - 1; i > 1; i--)); do
      case "\${typed[i]}" in --*) flag="\${typed[i]}"; break ;; esac
    done
    case "$verb $previous" in
${indent(firsts.flatMap(bashVerbs).flatMap(([name, verb]) => bashValues(name, verb, "single")))}
    esac
    case "$verb $flag" in
${indent(firsts.flatMap(bashVerbs).flatMap(([name, verb]) => bashValues(name, verb, "many")))}
    esac
    case "$verb" in
${indent(firsts.flatMap(bashOperands))}
      help) words="${firsts.map(({ word }) => word).join(" ")}" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 1 ]; then
    case "\${COMPREPLY[0]}" in *:) type compopt > /dev/null 2>&1 && compopt -o nospace ;; esac
  fi
  # Where bash breaks words at colons, it wants what stands behind the last one only.
  case "$current$COMP_WORDBREAKS" in
    *:*:*) for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]="\${COMPREPLY[i]#"\${current%"\${current##*:}"}"}"; done ;;
  esac
}
complete -F _fairlead fairlead ./fairlead
`;
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `      ${line}`).join("\n");
}

/** Every name with the verb it means. */
function bashVerbs({ word, seconds, alone }: FirstWord): readonly (readonly [string, Verb])[] {
  return [...seconds.map(({ verb }) => [verb.name, verb] as const), ...(alone === undefined ? [] : [[word, alone] as const])];
}

/** Behind a flag stands its value, and behind one that takes several any number of them, or the next flag. */
function bashValues(name: string, verb: Verb, which: "single" | "many"): readonly string[] {
  return verb.flags.flatMap((flag) => {
    if (flag.value === undefined || (flag.many === true) !== (which === "many")) return [];
    if (which === "single") return [`"${name} --${flag.name}") ${bashKind(valueKind(flag))}; return ;;`];
    const kind = valueKind(flag);
    return kind.is === "choice" ? [`"${name} --${flag.name}") words="${kind.of.join(" ")}" ;;`] : [];
  });
}

function bashKind(kind: Kind): string {
  switch (kind.is) {
    case "choice":
      return `COMPREPLY=($(compgen -W "${kind.of.join(" ")}" -- "$current"))`;
    case "file":
      return `COMPREPLY=($(compgen -f -- "$current"))`;
    case "folder":
      return `COMPREPLY=($(compgen -d -- "$current"))`;
    default:
      return ":";
  }
}

function bashOperands(first: FirstWord): readonly string[] {
  const { word, seconds, alone } = first;
  const own = (verb: Verb): string => {
    const kind = operandKind(verb);
    const { keys, pairs } = queryWords(verb);
    const more = [...(kind.is === "choice" ? kind.of : []), ...keys, ...pairs].join(" ");
    const flags = verb.flags.map(({ name }) => `--${name}`).join(" ");
    const file = kind.is === "file" ? ' case "$current" in -*) ;; *) COMPREPLY=($(compgen -f -- "$current")); return ;; esac;' : "";
    return `${file} words="$words ${more} ${flags}" ;;`;
  };
  const rows = seconds.map(({ verb }) => `"${verb.name}")${own(verb)}`);
  if (seconds.length > 0)
    return [
      ...rows,
      `${word}) words="${seconds.map((second) => second.word).join(" ")} ${(alone?.flags ?? []).map(({ name }) => `--${name}`).join(" ")}" ;;`,
    ];
  return alone === undefined ? rows : [...rows, `${word})${own(alone)}`];
}
