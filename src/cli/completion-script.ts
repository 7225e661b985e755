import type {CompletionShell} from './program.js';

/** What a shell is to read at its start, so that Tab asks `fieldbook complete`. */
export function completionScript(shell: CompletionShell): string {
	switch (shell) {
		case 'bash':
			return bash;
		case 'zsh':
			return zsh;
		case 'fish':
			return fish;
	}
}

const bash = `# Put this into ~/.bashrc:  source <(fieldbook completion bash)
_fieldbook() {
	local word=\${COMP_WORDS[COMP_CWORD]} line
	COMPREPLY=()
	while IFS= read -r line; do
		if [[ $line == :files ]]; then
			compopt -o filenames
			while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
		else
			COMPREPLY+=("\${line%%$'\\t'*}")
		fi
	done < <(fieldbook complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _fieldbook fieldbook
`;

const zsh = `# Put this into ~/.zshrc, behind compinit:  source <(fieldbook completion zsh)
_fieldbook() {
	local line
	local -a words_with_meaning
	for line in \${(f)"$(fieldbook complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
		if [[ $line == :files ]]; then
			_files
		else
			words_with_meaning+=("\${\${line//:/\\\\:}/$'\\t'/:}")
		fi
	done
	_describe fieldbook words_with_meaning
}
compdef _fieldbook fieldbook
`;

const fish = `# Put this into ~/.config/fish/completions/fieldbook.fish
function __fieldbook_complete
	set -l words (commandline -opc) (commandline -ct)
	for line in (fieldbook complete -- $words[2..-1] 2>/dev/null)
		if test $line = :files
			__fish_complete_path (commandline -ct)
		else
			echo $line
		end
	end
end
complete -c fieldbook -f -a '(__fieldbook_complete)'
`;
