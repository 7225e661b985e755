sh -ec 'false; echo no'; echo $?
sh -ec 'false || true; echo yes'; echo $?
sh -ec 'if false; then :; fi; echo yes'; echo $?
sh -ec '! true; echo yes'; echo $?
sh -ec 'f() { false; echo inside; }; f || echo handled; f; echo no'; echo $?
sh -ec 'x=$(false); echo no'; echo $?
sh -ec 'echo $(false); echo yes'; echo $?
sh -ec 'false | true; echo yes'; echo $?
sh -ec 'true | false; echo no'; echo $?
sh -ec '(false; echo no); echo no'; echo $?
sh -ec 'while false; do :; done; echo yes'; echo $?
sh -ec 'for i in 1 2; do [ $i = 2 ]; done; echo no'; echo $?
sh -ec 'true && false; echo no'; echo $?
sh -ec 'false && true; echo yes'; echo $?
sh -ec '{ false; } || echo group'; echo $?
sh -c 'set -e; set +e; false; echo yes'; echo $?
sh -uc 'echo ${nope}; echo no' 2>/dev/null; echo $?
sh -uc 'echo ${nope-fine} $#'; echo $?
sh -c 'trap "echo bye $?" EXIT; exit 3'; echo $?
sh -ec 'trap "echo cleanup" EXIT; false; echo no'; echo $?
sh -c 'trap "echo got; exit 9" TERM; kill -TERM $$; echo no'; echo $?
sh -c 'trap "" TERM; kill -TERM $$; echo survived'; echo $?
sh -c 'trap "echo t" TERM; trap - TERM; kill -TERM $$; echo no' 2>/dev/null; echo $?
sh -c 'readonly r=1; r=2; echo no' 2>/dev/null; echo $?
sh -c 'exit'; echo $?
sh -c 'f() { return; }; false; f; echo $?'
sh -c '. /no/such/file; echo no' 2>/dev/null; echo $?
sh -c 'nosuchcommand; echo $?' 2>/dev/null
