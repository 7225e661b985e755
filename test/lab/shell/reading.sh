IFS= read -r a; read b; echo "$a/$b"; cat
printf 'a\\q c\n' | { read -r x; printf '%s\n' "$x"; }
printf 'a\\b c\\\nd\n' | { read x; echo "$x"; }
printf '  pad  ded  \n' | { read x; echo "[$x]"; }
printf '  pad  ded  \n' | { IFS= read -r x; echo "[$x]"; }
printf 'a:b:c\n' | { IFS=: read x y; echo "$x|$y"; }
printf 'a b\n' | { read x y z; echo "$x|$y|$z|"; }
printf '' | { read x; echo "$? [$x]"; }
while getopts ab:c opt -a -b val -cx rest 2>/dev/null; do echo "$opt ${OPTARG-}"; done; echo $OPTIND
test 1 -lt 2 -a 3 = 3 && echo t1; [ ! -e /none -o x = y ] && echo t2; [ -n "" ] || echo t3; [ "a b" = "a b" ] && echo t4
[ ] || echo t5; [ x ] && echo t6; [ ! x ] || echo t7; [ = = = ] && echo t8; [ \( x = x \) ] && echo t9
type cd >/dev/null && echo builtin; command -v nosuch || echo none; command echo via command
unset -f f; f() { :; }; unset f 2>/dev/null; v=1; unset v; echo ${v-unset}
set -- -x y; echo "$1"; set -f; echo *; set +f
export E=exported; sh -c 'echo $E'; env -i sh -c 'echo ${E-clean}'
pwd; cd /tmp; pwd; cd - >/dev/null; cd /etc/..; pwd
