printf 'b 2\na 1\nc 3\n' | sort | awk '{s+=$2; print $1} END {print s}'
printf 'x=1\ny=2\n' | sed -e 's/=/ is /' -e '/^y/d'
printf 'one\ntwo\nthree\n' | grep -n t | cut -d: -f2
echo "a,b;c" | sed 's/[,;]/ /g'
printf 'a\na\nb\n' | uniq -c | sed 's/^ *//'
echo hello | sha256sum
echo 'vm1 (12) on' | sed -n 's/.*(\([0-9]*\)).*/\1/p'
printf 'k: v\n' | awk -F': ' '{print $2}'
printf '1\n2\n3\n' | tail -n +2 | head -n 1
basename /a/b.txt .txt; dirname /a/b.txt
expr 3 + 4; seq 2 4 | paste -s -d, -
echo abc | grep -q b && echo found; echo abc | grep -q z || echo missing
printf 'a b c\n' | xargs -n 1 echo item
echo Zm9v | base64 -d; echo
printf '%s\n' 10 9 1 | sort -n | head -n 1
printf 'l1\nl2\n' | wc -l | sed 's/ //g'
awk -v n=vm1 '$2 == n {print $1}' <<END
7 vm1
8 vm2
END
printf 'Display Name: LIO (naa.600)\n' | sed -n 's/.*(\(naa\.[^)]*\)).*/\1/p'
