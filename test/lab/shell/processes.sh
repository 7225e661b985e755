sleep 0.1 & p=$!; kill -0 $p && echo alive; wait $p; echo $?; kill -0 $p 2>/dev/null || echo gone
sleep 100 & p=$!; kill $p; wait $p; echo $?
sleep 100 & p=$!; kill -9 $p; wait $p; echo $?
(exit 3) & wait $!; echo $?
sh -c 'kill -TERM $$' ; echo $?
[ "$(sh -c 'echo $PPID')" = $$ ] && echo parent
(echo $$) | { read x; [ $x = $$ ] && echo same; }
{ sleep 0.2; echo slow; } & echo fast; wait
yes | head -n 2
seq 1 5 | while read n; do [ $n = 3 ] && break; echo $n; done
exec sh -c 'echo replaced $0 $1' name arg
echo never
