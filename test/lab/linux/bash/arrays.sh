a=(1 2 "3 4")
for x in "${a[@]}"; do echo "<$x>"; done
for x in ${a[@]}; do echo "[$x]"; done
echo "${#a[@]} ${a[1]} $a"
b=()
b+=(x "y z")
b[2]=w
i=1
echo "${b[i]}|${b[$i]}|${b[-1]}|${#b[1]}|${b[*]}"
set -u
empty=()
for x in "${empty[@]}"; do echo no; done
echo "${#empty[@]} ${empty[@]+set} ${a[@]+set}"
for i in "${!a[@]}"; do echo "$i=${a[$i]}"; done
(a+=(r); echo "${#a[@]}")
echo "${#a[@]}"
for x in "${a[@]:-none}"; do echo "$x"; done
words=($(echo one two) three)
echo "${words[2]}"
unset words
echo "${words[0]:-none}"
f() { printf '%s,' "$@"; echo; }
f "${a[@]}" end
