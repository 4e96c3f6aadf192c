/** Completion for shells: each asks `auki complete` for what can come next. Its first line is `files` where names of files can come, too; the others are a word and its help. */

const bash = `# auki completion for bash: source <(auki completion bash)
_auki() {
  local line
  local -a words=() lines=()
  # Not COMP_WORDS, in which camera:synthetic is three words.
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
  mapfile -t lines < <(auki complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for line in "\${lines[@]:1}"; do COMPREPLY+=("\${line%% *}"); done
  # What stands before a colon is there already.
  if [[ \${words[-1]} == *:* ]]; then COMPREPLY=("\${COMPREPLY[@]#*:}"); fi
  if [[ \${lines[0]-} == files ]]; then compopt -o default -o filenames 2>/dev/null; fi
  return 0
}
complete -F _auki auki
`

const zsh = `#compdef auki
# auki completion for zsh: source <(auki completion zsh)
_auki() {
  local line
  local -a lines described
  lines=("\${(@f)$(auki complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n $line ]] && described+=("\${\${line%% *}//:/\\\\:}:\${line#* }")
  done
  (( \${#described} )) && _describe 'auki' described
  [[ \${lines[1]} == files ]] && _files
  return 0
}
compdef _auki auki
`

const fish = `# auki completion for fish: auki completion fish | source
function __auki_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (auki complete -- $words[2..-1] 2>/dev/null)
  test (count $lines) -gt 1; and string replace ' ' \\t -- $lines[2..-1]
  test "$lines[1]" = files; and __fish_complete_path (commandline -ct)
end
complete -c auki -f -a '(__auki_complete)'
`

export const scripts = { bash, zsh, fish } as const
