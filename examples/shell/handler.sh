# The event comes as the first argument; what goes to standard output is the answer, to standard error the log.

greet() {
  local name=world
  if [[ $1 =~ \"name\"[[:space:]]*:[[:space:]]*\"([^\"\\]*)\" ]]; then name=${BASH_REMATCH[1]}; fi
  echo "greeting $name" >&2
  printf '{"message":"Hello, %s!","runtime":"bash %s"}' "$name" "${BASH_VERSION%%(*}"
}

fail() {
  echo 'failing on purpose' >&2
  return 7
}
