#!/bin/sh
# The first process of a sandbox for a custom runtime. It waits, in the warm pool, for a shell script on descriptor 3
# (made by src/runtimes/provided/launch-script.ts), and becomes what the script says. Descriptors 3 and 4 are the
# platform's; the program gets neither.
script=$(cat <&3)
exec 3<&- 4>&-
eval "$script"
