#!/bin/sh
# The first process of a sandbox that was started before its program was known. It waits, in the warm pool, for a shell
# script on descriptor 3 and becomes what the script says (src/runtimes/launch-script.ts). Each line of the script comes
# behind a ":"; a "." ends it, so that the descriptor stays open for a program that talks over it. A shell reads lines
# from a socket byte by byte: nothing that follows the "." is lost to it.
script=
while IFS= read -r line <&3; do
  case $line in
    .) eval "$script" ;;
    *) script="$script${line#:}
" ;;
  esac
done
# The platform has hung up before the script's end, or the script has become no program: nothing is to be run.
