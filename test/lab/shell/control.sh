if false; then echo 1; elif true; then echo 2; else echo 3; fi
if ! true; then echo x; fi; echo $?
for i in 1 2 3 4 5; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done
i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo w$i; done; until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i
for a in 1 2; do for b in x y; do [ $b = y ] && continue 2; echo $a$b; done; done
for a in 1 2; do for b in x y; do [ $a$b = 1y ] && break 2; echo $a$b; done; done
case foo.txt in *.md) echo md;; *.txt|*.log) echo text;; *) echo other;; esac
case "a b" in a\ b) echo quoted;; esac
case x in [a-c]) echo abc;; [!a-c]) echo not;; esac
case '*' in '*') echo star;; esac
case "" in "") echo empty;; esac
f() { echo "f: $1 $#"; shift; echo "$@"; return 4; }
f a b c; echo $?
g() { local v=inner; echo $v; h; }
h() { echo "h sees $v"; }
v=outer; g; echo $v
(v=sub; exit 5); echo $? $v
{ echo group; }
true && echo and || echo or
false && echo and || echo or
true || echo no; false; echo $?
! false; echo $?
echo one; echo two & wait; echo three
x=5 y=6 sh -c 'echo $x $y'; echo "[$y]"
eval 'e=1; echo $e'; echo $e
set -- a b c; shift 2; echo $*
while read line; do echo "got $line"; done
: nothing; echo $?
w=0; while :; do w=$((w+1)); if [ $w -gt 4 ]; then break; fi; done; echo $w
sh -c 'exit 7' || echo "failed $?"
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1 - 1))) )); fi; }
fact 6
