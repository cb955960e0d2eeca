#compdef Gateway headstart
# Completes Headstart's command line in zsh: source <(Gateway completion zsh), after compinit.
_headstart() {
	local line="${(j: :)words[2,CURRENT]}"
	local -a found
	found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
	compadd -- "${(@)found:#}"
}
# As a file of $fpath it is read at the first completion, which it then does.
if [[ ${funcstack[1]} == _headstart ]]; then _headstart "$@"; else compdef _headstart Gateway headstart; fi
