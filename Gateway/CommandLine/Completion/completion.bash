# Completes Headstart's command line in bash: source <(Gateway completion bash)
_headstart() {
	local line="${COMP_LINE:0:COMP_POINT}" word
	line="${line#"${line%%[![:space:]]*}"}"
	COMPREPLY=()
	[[ $line == *[[:space:]]* ]] || return
	line="${line#*[[:space:]]}"
	while IFS= read -r word; do
		[[ $word == "${line##*[[:space:]]}"* ]] && COMPREPLY+=("$word")
	done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
}
complete -o default -F _headstart Gateway headstart
