cd $(mktemp -d); : > file1; : > file2; : > .hidden
x='a  b'; y=; z='*'
echo $x "$x" '$x' \$x "\$x \""
echo [$y] ["$y"] $z "$z" /e?c /no*thing f*[2-9] ./f* .h*
set -- one 'two words' ''
echo $#; for i in "$@"; do echo "<$i>"; done
for i in $@; do echo "($i)"; done
for i in "$*"; do echo "[$i]"; done
IFS=:; echo "$*"; set -- a:b c; for i in $1 $2; do echo "{$i}"; done
v='x: y ::z:'; for i in $v; do echo "|$i|"; done
unset IFS
p=' lead and trail '; for i in a${p}b; do echo "~$i~"; done
echo ${u-unset} ${u:-empty} ${y-set} ${y:-null} ${x+has} ${u+no}.
echo "${u:-"quoted default"}" ${u:-two words}
echo ${u:=assigned} $u ${#x} ${#u}
f=/path/to/file.tar.gz
echo ${f##*/} ${f%/*} ${f%%.*} ${f#*/} ${f%.gz}
echo "a"'b'c"$u"d
echo ~ | grep -c '^/'
echo "tab	in" `echo back \`echo nested\`` $(echo $(echo deep))
echo "$(printf 'line1\nline2\n\n')"
n=5; echo $((n*2)) $(( (n+1) % 4 )) $((n>3)) $((n==5 && n!=4)) $((-7/2)) $((7%3)) $((1<<4)) $((0x10)) $((n+=2)) $n
a=1 b=2; echo $a$b
c=$(exit 3); echo $?
e=""; for w in $e; do echo never; done; echo "end"
echo a\
b
echo "multi
line"
