d=$(mktemp -d); cd $d
echo one > f; echo two >> f; cat f; cat < f
echo err >&2 2>/dev/null; echo both > g 2>&1; cat g
{ echo out; echo err >&2; } > both.txt 2>&1; cat both.txt
cat <<END
plain $((1+1)) $(echo sub) \$escaped `echo tick`
END
cat <<'END'
quoted $HOME `x`
END
cat <<-END
	tabs	off
	END
while read a b; do echo "$b-$a"; done <<END
1 2 3
4 5
END
exec 3>three; echo to three >&3; exec 3>&-; cat three
exec 4<f; read l <&4; echo $l; read l <&4; echo $l; exec 4<&-
echo x | (read y; echo "sub $y"); echo "a b" | read q; echo "[$q]"
for i in 1 2 3; do echo $i; done > nums; wc -l < nums | sed 's/ *//'
if true; then echo in if; fi > iffile; cat iffile
f() { echo fout; echo ferr >&2; } ; f 2>/dev/null; f 2>&1 >/dev/null
: > empty; [ -s empty ] || echo empty; [ -e f ] && [ -f f ] && [ -d . ] && echo tests
cat nofile 2>/dev/null || echo "no file"
echo hi > no/such/dir 2>/dev/null || echo "cannot"
(echo a; echo b; echo c) | sed -n '2p' | sed s/b/B/
echo "x y z" | { read a rest; echo "$rest/$a"; }
printf 'no newline' | while read l; do echo "never $l"; done; printf 'last' | { read l; echo "$l $?"; }
printf '%s\n' "a b" c; printf '%d-%s\n' 1 x 2 y; printf '%5s|%-5s|%05d\n' ab cd 42
read first; echo "first: $first"; cat
umask 077; echo s > secret; ls -l secret | cut -c1-10; umask
cp f copy; mv copy moved; ls | sort | head -3; rm -f moved; ls moved 2>/dev/null || echo gone
cat f - < nums | tail -n 2; head -n 1 f; tail -c 4 f
exec 5<f; cat <&5; echo more >>f; cat <&5; cat <&5; echo again >>f; cat <&5; exec 5<&-
(ulimit -f 1; yes 123456789 | cat >big); echo "$? $(wc -c <big | sed 's/ *//')"; ulimit -f
case since-1,b-2 in since-*,[a-c-]-*) echo hyphen ;; esac
cd /; rm -rf $d; ls -d $d 2>/dev/null || echo removed
