exec sh -c 'IFS= read -r SECRET || exit 125
export SECRET
export note='\''it'\''\'\'''\''s $HOME "x"'\''
printf "%s %s\n" token start || exit 125
exec sh -eu -c "$1" </dev/null' fieldbook 'echo "$SECRET|$note"; cat; x=$(cat); echo "[$x]"; false; echo never'
